# Waymark in a container: `docker build -t waymark .`, then
# `docker run -p 127.0.0.1:8080:8080 -v waymark:/data waymark`. Commands follow the image: `docker run … waymark verify`.

FROM node:22.22.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && rm dist/.tsbuildinfo

FROM node:22.22.2-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:22.22.2-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 WAYMARK_DATA=/data
WORKDIR /app
# A new volume takes over who owns the folder it is mounted on.
RUN install -d -o node -g node /data
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
VOLUME /data
EXPOSE 8080
# Whether the process answers. Whether its stores do is /readyz: a container must not be restarted because of those.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 itself: it handles SIGTERM by draining, and starts no children to be waited for.
ENTRYPOINT ["node", "--max-semi-space-size=64", "--min-semi-space-size=64", "dist/main.js"]
CMD ["serve"]
