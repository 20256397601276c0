# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/alert/letter.o
server-y += server-stub/alert/letter_mail.o
server-$(CONFIG_ALERTS) += server-stub/alert/alerts.o
server-$(CONFIG_ALERTS) += server-stub/alert/courier.o
server-$(CONFIG_ALERTS) += server-stub/alert/courier_work.o
server-$(CONFIG_ALERTS) += server-stub/alert/dispatch.o
server-$(CONFIG_ALERTS) += server-stub/alert/judge.o
