# SPDX-License-Identifier: Apache-2.0
# Processes that speak to the world for the service, which opens no connection itself.
server-$(CONFIG_OUTSIDE) += server-stub/outside/aide.o
server-$(CONFIG_OUTSIDE) += server-stub/outside/pale.o
server-$(CONFIG_SSO) += server-stub/outside/envoy.o
server-$(CONFIG_SSO) += server-stub/outside/envoy_work.o
server-$(CONFIG_SSO) += server-stub/outside/fetch.o
