import { serviceUrl } from '../up/service-environment.mjs';
import { listServices, readSettings } from '../up/settings.mjs';
import { openShop } from './shop.mjs';

/** The shop that is up on this machine, by the ports of `.env`. */
export function localShop() {
  const settings = readSettings();
  const services = listServices();
  const urlOf = (/** @type {string} */ service) => serviceUrl(service, services, settings);
  return openShop({ order: urlOf('order'), payment: urlOf('payment'), warehouse: urlOf('warehouse') });
}
