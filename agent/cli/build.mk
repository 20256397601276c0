# SPDX-License-Identifier: Apache-2.0
cli-$(CONFIG_TOOL_PARSE) += agent/cli/parse.o
cli-$(CONFIG_LOCAL_CLI) += agent/cli/local.o
cli-$(CONFIG_LOCAL_CLI) += agent/cli/local_client.o
cli-$(CONFIG_LOCAL_CLI) += agent/cli/show.o
cli-$(CONFIG_UPLINK) += agent/cli/enroll.o
cli-$(CONFIG_UPLINK) += agent/cli/enroll_files.o
cli-$(CONFIG_UPLINK) += agent/cli/enroll_talk.o
