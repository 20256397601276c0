# SPDX-License-Identifier: Apache-2.0
# Ten million lines a second are worth more here than the bytes that -Os saves.
opt-agent/sensors := -O2

agent-y                         += agent/sensors/http.o
agent-y                         += agent/sensors/lines.o
agent-y                         += agent/sensors/peer.o
agent-y                         += agent/sensors/repeat.o
agent-y                         += agent/sensors/sensor.o
agent-y                         += agent/sensors/service.o
agent-y                         += agent/sensors/stamp.o
agent-y                         += agent/sensors/syslog.o
agent-y                         += agent/sensors/table.o
agent-$(CONFIG_SENSOR_AUDIT)    += agent/sensors/audit.o
agent-$(CONFIG_SENSOR_DROPBEAR) += agent/sensors/dropbear.o
agent-$(CONFIG_SENSOR_LIGHTTPD) += agent/sensors/lighttpd.o
agent-$(CONFIG_SENSOR_LOGIN)    += agent/sensors/login.o
agent-$(CONFIG_SENSOR_NGINX)    += agent/sensors/nginx.o
agent-$(CONFIG_SENSOR_PAM)      += agent/sensors/pam.o
agent-$(CONFIG_SENSOR_PROFTPD)  += agent/sensors/proftpd.o
agent-$(CONFIG_SENSOR_PUREFTPD) += agent/sensors/pureftpd.o
agent-$(CONFIG_SENSOR_SSHD)     += agent/sensors/sshd.o
agent-$(CONFIG_SENSOR_SSHD)     += agent/sensors/sshd_preauth.o
agent-$(CONFIG_SENSOR_SU)       += agent/sensors/su.o
agent-$(CONFIG_SENSOR_SUDO)     += agent/sensors/sudo.o
agent-$(CONFIG_SENSOR_VSFTPD)   += agent/sensors/vsftpd.o
