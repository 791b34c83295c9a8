FROM a.example/full@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS full

FROM a.example/base:1 AS system
USER root
# The user that NVIDIA's images have for whoever does not want to run Triton as root.
RUN rm -rf /opt/tritonserver; \
    for user in tensorrt-server ubuntu; do userdel "$user" >/dev/null 2>&1 || true; done; \
    id -u triton-server >/dev/null 2>&1 || useradd --uid 1000 --user-group triton-server

# What the chosen parts need of the rest of the full image.
FROM full AS taking
USER root
COPY take.sh /composing/take.sh
RUN ["/bin/bash", "/composing/take.sh", "backends/python backends/tensorrtllm", "python", "libcudnn* libdcgm* libnvinfer* libnvonnxparser* libnvrtc*"]

# What of that the base lacks.
FROM system AS lacking
COPY lacking.sh check.sh /composing/
COPY --from=taking /taken /taken
RUN ["/bin/bash", "/composing/lacking.sh", "/usr/local/tensorrt/lib", "/opt/tritonserver/backends/tensorrtllm"]

FROM system
ENV PATH=/opt/tritonserver/bin:$PATH \
    TRITON_SERVER_USER=triton-server \
    TRITON_SERVER_VERSION=9.9.9
WORKDIR /opt/tritonserver
COPY --from=lacking /lacking/ /
COPY --from=full --chown=0:0 /opt/tritonserver/bin bin/
COPY --from=full --chown=0:0 /opt/tritonserver/lib lib/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/python backends/python/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/tensorrtllm backends/tensorrtllm/
RUN ["/bin/bash", "/opt/tritonserver/composed/check.sh"]
EXPOSE 8000 8001 8002
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
# What a deployment starts that names no command: NVIDIA's images start a shell then, which ends at once.
CMD ["tritonserver", "--model-repository=/opt/ds/model/deployed_model"]
LABEL reconciler.triton="9.9.9" \
      reconciler.backends="tensorrtllm" \
      reconciler.repo-agents="" \
      reconciler.build="4a4171f59e187f04b7c582022094d5b4cc9510d2a5b97be67d8a436f130a01c5"
