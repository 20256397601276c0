# SPDX-License-Identifier: Apache-2.0
agent-y += agent/response/ban.o
agent-y += agent/response/response.o
