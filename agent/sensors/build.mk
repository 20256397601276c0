# SPDX-License-Identifier: Apache-2.0
# Ten million lines a second are worth more here than the bytes that -Os saves.
opt-agent/sensors := -O2

agent-y                       += agent/sensors/peer.o
agent-y                       += agent/sensors/sensor.o
agent-y                       += agent/sensors/service.o
agent-y                       += agent/sensors/stamp.o
agent-y                       += agent/sensors/syslog.o
agent-y                       += agent/sensors/table.o
agent-$(CONFIG_SENSOR_PAM)    += agent/sensors/pam.o
agent-$(CONFIG_SENSOR_SSHD)   += agent/sensors/sshd.o
agent-$(CONFIG_SENSOR_SSHD)   += agent/sensors/sshd_preauth.o
