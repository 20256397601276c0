# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/api/http.o
server-y += server-stub/api/query.o
