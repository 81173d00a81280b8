#!/bin/sh
# Makes the public box what the local one is from the start: programs, and trunk NICs that nothing touches. Run as root.
set -eu
export DEBIAN_FRONTEND=noninteractive

packages='iproute2 bridge-utils vlan iptables nftables dnsmasq-base jq tcpdump ethtool procps kmod udhcpc nodejs'
# shellcheck disable=SC2086 # one word a package
if ! dpkg-query --show --showformat='${db:Status-Status}\n' $packages 2>/dev/null | awk '$0 != "installed" { exit 1 }'; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi
systemctl --quiet mask --now apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service 2>/dev/null || :

# The order is the box's own business: the trunks are known by their addresses. hv1 and hv2 have one, fabric has two.
name=
for nic in /sys/class/net/*; do
  case $(cat "$nic/address") in
    02:00:00:ff:00:01) name=hv1 ;;
    02:00:00:ff:00:02) name=hv2 ;;
    02:00:00:ff:02:0[12]) name=fabric ;;
    *) continue ;;
  esac
  nic=${nic##*/}
  ip link set dev "$nic" down
  ip address flush dev "$nic"
  for offload in rx tx tso gso gro lro; do ethtool -K "$nic" "$offload" off 2>/dev/null || :; done # one that is fixed
done
[ -n "$name" ] || { echo 'no trunk NIC is here: none has the MAC address of one' >&2 && exit 1; }
hostnamectl set-hostname "$name"
