# SPDX-License-Identifier: Apache-2.0
agent-y += agent/spool/spool.o
agent-y += agent/spool/spool_file.o
agent-y += agent/spool/spool_held.o
agent-y += agent/spool/spool_segments.o
