/** Of AsyncAPI's AMQP bindings: https://github.com/asyncapi/bindings/tree/master/amqp */
export const bindingVersion = '0.3.0';
