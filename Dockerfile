# One image for every service and for the provision job: the command says which of them it runs.

FROM node:24-bookworm-slim AS build
WORKDIR /waybill
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --ignore-scripts
COPY nest-cli.json tsconfig.json .swcrc ./
COPY libs libs
COPY apps apps
RUN npm run build

FROM node:24-bookworm-slim AS packages
WORKDIR /waybill
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /waybill
COPY --from=packages /waybill/node_modules node_modules
COPY --from=build /waybill/dist dist
# `node`, by its number: Kubernetes' runAsNonRoot does not look up names.
USER 1000:1000
CMD ["node", "--enable-source-maps", "dist/apps/order/src/main.js"]
