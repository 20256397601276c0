# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/gateway/enroll.o
server-y += server-stub/gateway/answer.o
server-y += server-stub/gateway/request.o
server-y += server-stub/gateway/session.o
