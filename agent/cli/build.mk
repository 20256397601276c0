# SPDX-License-Identifier: Apache-2.0
cli-$(CONFIG_TOOL_PARSE) += agent/cli/parse.o
