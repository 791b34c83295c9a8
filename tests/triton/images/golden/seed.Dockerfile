FROM nvcr.io/nvidia/tritonserver:23.01-py3 AS full

FROM nvcr.io/nvidia/tritonserver:23.01-py3-min AS system
USER root
# The user that NVIDIA's images have for whoever does not want to run Triton as root.
RUN rm -rf /opt/tritonserver; \
    for user in tensorrt-server ubuntu; do userdel "$user" >/dev/null 2>&1 || true; done; \
    id -u triton-server >/dev/null 2>&1 || useradd --uid 1000 --user-group triton-server

# What the chosen parts need of the rest of the full image.
FROM full AS taking
USER root
COPY take.sh /composing/take.sh
RUN ["/bin/bash", "/composing/take.sh", "backends/onnxruntime backends/pytorch repoagents/checksum", "", "libcudnn* libdcgm* libnvinfer* libnvonnxparser* libnvrtc*"]

# What of that the base lacks.
FROM system AS lacking
COPY lacking.sh check.sh /composing/
COPY --from=taking /taken /taken
RUN ["/bin/bash", "/composing/lacking.sh", "/opt/tritonserver/backends/onnxruntime", "/opt/hpcx/ucc/lib", "/opt/hpcx/ucx/lib"]

FROM system
ENV PATH=/opt/tritonserver/bin:$PATH \
    TRITON_SERVER_USER=triton-server \
    TRITON_SERVER_VERSION=2.30.0 \
    NVIDIA_TRITON_SERVER_VERSION=23.01 \
    UCX_MEM_EVENTS=no
WORKDIR /opt/tritonserver
COPY --from=lacking /lacking/ /
COPY --from=full --chown=0:0 /opt/tritonserver/bin bin/
COPY --from=full --chown=0:0 /opt/tritonserver/lib lib/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/onnxruntime backends/onnxruntime/
COPY --from=full --chown=0:0 /opt/tritonserver/backends/pytorch backends/pytorch/
COPY --from=full --chown=0:0 /opt/tritonserver/repoagents/checksum repoagents/checksum/
RUN ["/bin/bash", "/opt/tritonserver/composed/check.sh"]
EXPOSE 8000 8001 8002
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
# What a deployment starts that names no command: NVIDIA's images start a shell then, which ends at once.
CMD ["tritonserver", "--model-repository=/opt/ds/model/deployed_model"]
LABEL reconciler.triton="2.30.0" \
      reconciler.backends="onnxruntime,pytorch" \
      reconciler.repo-agents="checksum" \
      reconciler.build="101375f25cc251fc24521c8ae699956a7f1db2c0c7fdbbd67b8460de9df4ea78" \
      org.opencontainers.image.revision="0123456789abcdef0123456789abcdef01234567"
