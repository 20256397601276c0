# SPDX-License-Identifier: Apache-2.0
actor-y += gen/agent/actor/features_text.o
actor-y += agent/actor/hup.o
actor-y += agent/actor/journal_live.o
actor-y += agent/actor/loop.o
actor-y += agent/actor/loop_open.o
actor-y += agent/actor/request.o
actor-$(CONFIG_UPLINK) += agent/actor/trustee.o
