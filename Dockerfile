# The service in a small image. Build: docker build -t landfall .

FROM rust:1.95-bookworm AS build
WORKDIR /build
# Dependencies first, with nothing of ours: this layer lasts until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches/load tests/it \
    && echo 'fn main() {}' | tee src/main.rs benches/load/main.rs > tests/it/main.rs \
    && touch src/lib.rs \
    && cargo build --release --locked --bin landfall \
    && rm -r src
COPY src src
COPY config config
# Younger than the stand-ins that were built above, or cargo takes those.
RUN find src config -type f -exec touch {} + \
    && cargo build --release --locked --bin landfall

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin landfall
COPY --from=build /build/target/release/landfall /usr/local/bin/landfall
USER 10001:10001
# A folder mounted at /app/config takes the place of the built-in stages and texts.
WORKDIR /app
VOLUME /data
ENV LANDFALL_DATABASE_URL=sqlite:/data/landfall.db \
    LANDFALL_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["landfall", "health"]
ENTRYPOINT ["landfall"]
CMD ["serve"]
