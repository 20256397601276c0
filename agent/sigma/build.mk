# SPDX-License-Identifier: Apache-2.0
# The core judges events by it, and the command line does so off line.
opt-agent/sigma/glob := $(fast)
opt-agent/sigma/regex := $(fast)
opt-agent/sigma/sigma := $(fast)
opt-agent/sigma/text := $(fast)

common-$(CONFIG_RULES_SIGMA) += agent/sigma/correlate.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/decimal.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/glob.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/moment.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/probe.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/regex.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/sigma.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/tally.o
common-$(CONFIG_RULES_SIGMA) += agent/sigma/text.o
