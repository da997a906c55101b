# One image for every command of Leasehold; without arguments it runs a worker.
FROM node:24.22.3-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24.22.3-bookworm-slim
# Temporal's client checks TLS with the system's certificates, which the slim image leaves out.
# Pinned, they would be missing from the mirrors once they are out of date.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The simulator keeps its state here when asked.
RUN mkdir /data && chown 1000:1000 /data
# `node`, as a number that a cluster can tell is not root.
USER 1000:1000
ENTRYPOINT ["node", "/app/dist/client/cli/main.js"]
CMD ["worker"]
