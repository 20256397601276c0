# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/shell/backup.o
server-y += server-stub/shell/harden.o
server-y += server-stub/shell/init.o
server-y += server-stub/shell/migrate.o
server-y += server-stub/shell/restore.o
server-y += server-stub/shell/run.o
server-y += server-stub/shell/storage.o
