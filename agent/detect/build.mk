# SPDX-License-Identifier: Apache-2.0
# What every event passes.
opt-agent/detect/gate := $(fast)
opt-agent/detect/values := $(fast)

agent-$(CONFIG_RULES_SIGMA) += agent/detect/audited.o
agent-$(CONFIG_RULES_SIGMA) += agent/detect/detect.o
agent-$(CONFIG_RULES_SIGMA) += agent/detect/gate.o
agent-$(CONFIG_RULES_SIGMA) += agent/detect/need.o
agent-$(CONFIG_RULES_SIGMA) += agent/detect/values.o
