# SPDX-License-Identifier: Apache-2.0
tls-$(CONFIG_TLS) += agent/base/tls/tls_cert.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_chain.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_conf.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_end.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_server.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_socket.o
tls-$(CONFIG_TLS) += agent/base/tls/tls_why.o
