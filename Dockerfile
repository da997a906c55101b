# One image for every command of Leasehold; without arguments it runs a worker.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
# Temporal's client checks TLS with the system's certificates, which the slim image leaves out.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The simulator keeps its state here when asked.
RUN mkdir /data && chown node:node /data
USER node
ENTRYPOINT ["node", "/app/dist/client/cli/main.js"]
CMD ["worker"]
