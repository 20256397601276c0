# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_RECORDS) += agent/spool/spool.o
agent-$(CONFIG_RECORDS) += agent/spool/spool_file.o
agent-$(CONFIG_RECORDS) += agent/spool/spool_held.o
agent-$(CONFIG_RECORDS_NONE) += agent/spool/spool_none.o
agent-$(CONFIG_RECORDS) += agent/spool/spool_segments.o
