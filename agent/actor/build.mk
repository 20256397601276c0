# SPDX-License-Identifier: Apache-2.0

base-y += agent/actor/verbs.o
