# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/ingest/ingest.o
server-y += server-stub/ingest/content.o
server-y += server-stub/ingest/follow.o
server-y += server-stub/ingest/prove.o
server-y += server-stub/ingest/delivery.o
server-y += server-stub/ingest/upload.o
