# SPDX-License-Identifier: Apache-2.0
server-y += server-stub/fleet/fleet.o
server-y += server-stub/fleet/fleet_conf.o
server-y += server-stub/fleet/fleet_create.o
server-y += server-stub/fleet/fleet_file.o
server-y += server-stub/fleet/fleet_issue.o
server-y += server-stub/fleet/fleet_server.o
server-y += server-stub/fleet/fleet_token.o
