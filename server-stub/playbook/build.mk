# SPDX-License-Identifier: Apache-2.0
# Playbooks as people write them, for the command line.
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/cacao_command.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/cacao_export.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/cacao_import.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/cacao_walk.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/recipe.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/recipe_steps.o
fleetcli-$(CONFIG_CLI_PLAYBOOK) += server-stub/playbook/recipe_wrong.o
