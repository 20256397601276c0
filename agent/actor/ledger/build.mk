# SPDX-License-Identifier: Apache-2.0
actor-$(CONFIG_ACTION_BAN) += agent/actor/ledger/bans.o
actor-y += agent/actor/ledger/journal.o
actor-y += agent/actor/ledger/journal_record.o
actor-y += agent/actor/ledger/undo.o
