# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/gateway/session/answer.o
server-y += server-stub/gateway/session/enroll.o
server-y += server-stub/gateway/session/request.o
server-y += server-stub/gateway/session/session.o
server-y += server-stub/gateway/session/window.o
