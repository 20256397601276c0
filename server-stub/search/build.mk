# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/search/digest.o
server-y += server-stub/search/facet.o
