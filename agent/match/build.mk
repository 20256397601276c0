# SPDX-License-Identifier: Apache-2.0
# Both processes use it: caltropd refuses a pattern, and the core matches with it.
opt-agent/match/match := $(fast)

common-$(CONFIG_CUSTOM_DECODERS) += agent/match/match_compile.o
common-$(CONFIG_CUSTOM_DECODERS) += agent/match/match.o
common-$(CONFIG_CUSTOM_DECODERS) += agent/match/prove.o
common-$(CONFIG_CUSTOM_DECODERS) += agent/match/decoder.o
