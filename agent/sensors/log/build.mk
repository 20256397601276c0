# SPDX-License-Identifier: Apache-2.0
# Ten million lines a second are worth more here than the bytes that -Os saves.
opt-agent/sensors/log := -O2

agent-y                         += agent/sensors/log/http.o
agent-y                         += agent/sensors/log/lines.o
agent-y                         += agent/sensors/log/peer.o
agent-y                         += agent/sensors/log/repeat.o
agent-y                         += agent/sensors/log/sensor.o
agent-y                         += agent/sensors/log/service.o
agent-y                         += agent/sensors/log/stamp.o
agent-y                         += agent/sensors/log/syslog.o
agent-y                         += agent/sensors/log/table.o
agent-$(CONFIG_SENSOR_AUDIT)    += agent/sensors/log/audit.o
agent-$(CONFIG_SENSOR_DROPBEAR) += agent/sensors/log/dropbear.o
agent-$(CONFIG_SENSOR_LIGHTTPD) += agent/sensors/log/lighttpd.o
agent-$(CONFIG_SENSOR_LOGIN)    += agent/sensors/log/login.o
agent-$(CONFIG_SENSOR_NGINX)    += agent/sensors/log/nginx.o
agent-$(CONFIG_SENSOR_PAM)      += agent/sensors/log/pam.o
agent-$(CONFIG_SENSOR_PROFTPD)  += agent/sensors/log/proftpd.o
agent-$(CONFIG_SENSOR_PUREFTPD) += agent/sensors/log/pureftpd.o
agent-$(CONFIG_SENSOR_SSHD)     += agent/sensors/log/sshd.o
agent-$(CONFIG_SENSOR_SSHD)     += agent/sensors/log/sshd_preauth.o
agent-$(CONFIG_SENSOR_SU)       += agent/sensors/log/su.o
agent-$(CONFIG_SENSOR_SUDO)     += agent/sensors/log/sudo.o
agent-$(CONFIG_SENSOR_VSFTPD)   += agent/sensors/log/vsftpd.o
