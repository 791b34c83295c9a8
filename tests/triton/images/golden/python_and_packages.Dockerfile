FROM nvcr.io/nvidia/tritonserver:25.07-py3 AS full

FROM nvcr.io/nvidia/tritonserver:25.07-py3-min AS system
USER root
RUN ["/bin/sh", "-c", "export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get install --yes --no-install-recommends \"$@\" && rm -rf /var/lib/apt/lists/*", "apt-get", "libgl1", "libglib2.0-0"]
# The user that NVIDIA's images have for whoever does not want to run Triton as root.
RUN rm -rf /opt/tritonserver; \
    for user in tensorrt-server ubuntu; do userdel "$user" >/dev/null 2>&1 || true; done; \
    id -u triton-server >/dev/null 2>&1 || useradd --uid 1000 --user-group triton-server

# What the chosen parts need of the rest of the full image.
FROM full AS taking
USER root
COPY take.sh /composing/take.sh
RUN ["/bin/bash", "/composing/take.sh", "backends/dali backends/python", "python", "libcudnn* libdcgm* libnvinfer* libnvonnxparser* libnvrtc*"]

# What of that the base lacks.
FROM system AS lacking
COPY lacking.sh check.sh /composing/
COPY --from=taking /taken /taken
RUN ["/bin/bash", "/composing/lacking.sh"]

FROM system
ENV PATH=/opt/tritonserver/bin:$PATH \
    TRITON_SERVER_USER=triton-server \
    TRITON_SERVER_VERSION=2.59.1 \
    NVIDIA_TRITON_SERVER_VERSION=25.07 \
    PYTHONPATH=/opt/tritonserver/backends/dali/wheel/dali
WORKDIR /opt/tritonserver
COPY --from=lacking /lacking/ /
COPY --from=full --chown=0:0 /opt/tritonserver/bin bin/
COPY --from=full --chown=0:0 /opt/tritonserver/lib lib/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/dali backends/dali/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/python backends/python/
RUN ["/bin/bash", "/opt/tritonserver/composed/check.sh"]
RUN ["/bin/sh", "-c", "PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir \"$@\"", "pip", "numpy<2", "pillow"]
EXPOSE 8000 8001 8002
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
# What a deployment starts that names no command: NVIDIA's images start a shell then, which ends at once.
CMD ["tritonserver", "--model-repository=/opt/ds/model/deployed_model"]
LABEL reconciler.triton="2.59.1" \
      reconciler.backends="dali,python" \
      reconciler.repo-agents="" \
      reconciler.build="b1d40ebc017bd21d54314c8688c316aca44f10561fac00d9192916cfdc1f3123"
