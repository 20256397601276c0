# SPDX-License-Identifier: Apache-2.0
# What a fleet is to be, as a folder of YAML, for the command line; it needs libyaml.
fleetcli-$(CONFIG_CLI_DESIRED) += server-stub/desired/desired.o
fleetcli-$(CONFIG_CLI_DESIRED) += server-stub/desired/desired_note.o
fleetcli-$(CONFIG_CLI_DESIRED) += server-stub/desired/desired_settings.o
fleetcli-$(CONFIG_CLI_DESIRED) += server-stub/desired/plan.o
