# SPDX-License-Identifier: Apache-2.0
actor-y += agent/actor/ledger/ledger.o
actor-y += agent/actor/ledger/journal.o
actor-y += agent/actor/ledger/journal_record.o
actor-y += agent/actor/ledger/journal_scan.o
actor-y += agent/actor/ledger/undo.o
actor-$(CONFIG_UPLINK) += agent/actor/ledger/chain_file.o
