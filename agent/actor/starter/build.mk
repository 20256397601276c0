# SPDX-License-Identifier: Apache-2.0
actor-$(CONFIG_STARTER) += agent/actor/starter/starter.o
actor-$(CONFIG_STARTER) += agent/actor/starter/starter_job.o
actor-$(CONFIG_STARTER) += agent/actor/starter/starter_serve.o
