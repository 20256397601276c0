# SPDX-License-Identifier: Apache-2.0
actor-$(CONFIG_UPLINK) += agent/actor/rails/mandate.o
actor-$(CONFIG_UPLINK) += agent/actor/rails/mandate_trust.o
actor-y += agent/actor/rails/policy.o
actor-y += agent/actor/rails/rails.o
actor-$(CONFIG_ACTION_COLLECT) += agent/actor/rails/rails_collect.o
actor-$(CONFIG_ACTION_QUARANTINE) += agent/actor/rails/rails_file.o
actor-$(CONFIG_ACTION_REBOOT) += agent/actor/rails/rails_reboot.o
