# docker build -t reconciler . && docker run --rm -v "$PWD:/work" -e OPENAI_API_KEY reconciler plan
FROM python:3.13-slim AS build
COPY . /src
RUN pip install --quiet --no-cache-dir --root-user-action=ignore build \
 && python -m build --wheel --outdir /dist /src

FROM python:3.13-slim
ARG EXTRAS=sandbox,tokens
COPY --from=build /dist /dist
RUN pip install --quiet --no-cache-dir --root-user-action=ignore "$(ls /dist/*.whl)[$EXTRAS]" \
 && rm -r /dist
# Nobody's account: mount the repository so that 65532 may write its state folder.
USER 65532
WORKDIR /work
ENV XDG_CACHE_HOME=/tmp/cache
# GitLab wants `entrypoint: [""]` beside the image's name.
ENTRYPOINT ["reconciler"]
CMD ["--help"]
