# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/store/memory.o
server-y += server-stub/store/memory_order.o
server-y += server-stub/store/memory_record.o
server-y += server-stub/store/memory_table.o
server-y += server-stub/store/store.o
server-y += server-stub/store/store_find.o
server-y += server-stub/store/table.o
