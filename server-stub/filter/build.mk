# SPDX-License-Identifier: Apache-2.0
# The compiler of packet-filter policies, for the command line; it needs libyaml.
fleetcli-$(CONFIG_CLI_POLICY) += server-stub/filter/draft.o
fleetcli-$(CONFIG_CLI_POLICY) += server-stub/filter/draft_note.o
fleetcli-$(CONFIG_CLI_POLICY) += server-stub/filter/draft_words.o
fleetcli-$(CONFIG_CLI_POLICY) += server-stub/filter/render.o
