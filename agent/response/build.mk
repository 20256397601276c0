# SPDX-License-Identifier: Apache-2.0
agent-y += agent/response/ban.o
agent-y += agent/response/ban_queue.o
agent-y += agent/response/offender.o
agent-y += agent/response/response.o
agent-y += agent/response/response_answer.o
agent-y += agent/response/response_save.o
