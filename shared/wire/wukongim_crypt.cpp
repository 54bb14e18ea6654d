#include "wire/wukongim_crypt.h"

#include "auth/agreement.h"
#include "auth/crypto.h"
#include "base/encode.h"
#include "base/ids.h"

namespace hy::wire::wukongim {

namespace {
constexpr size_t kKeyChars = 16;
}

std::optional<Sealing> Sealing::agree(std::string_view client_key, std::string& server_key) {
    const auto theirs = from_base64(client_key);
    if (!theirs) return std::nullopt;
    const auth::KeyPair mine = auth::x25519_pair();
    const auto shared = auth::x25519(mine.secret, *theirs);
    if (!shared) return std::nullopt;
    server_key = base64(mine.open);
    return Sealing(auth::md5_hex(base64(*shared)).substr(0, kKeyChars), random_text(kKeyChars));
}

std::optional<std::string> Sealing::open(std::string_view payload) const {
    const auto sealed = from_base64(payload);
    return sealed ? auth::open_aes128_cbc(key_, salt_, *sealed) : std::nullopt;
}

std::string Sealing::seal(std::string_view plain) const { return base64(auth::aes128_cbc(key_, salt_, plain)); }

std::string Sealing::message_key(std::string_view sign) const { return auth::md5_hex(seal(sign)); }

bool Sealing::genuine(const Send& send) const {
    const std::string sign = std::to_string(send.client_seq) + send.client_no + send.channel_id +
                             std::to_string(send.channel_type) + send.payload;
    return auth::equal_constant_time(message_key(sign), send.message_key);
}

std::string Sealing::key_of(const Recv& recv, std::string_view payload) const {
    std::string sign = std::to_string(recv.message_id) + std::to_string(recv.seq) + recv.client_no +
                       std::to_string(recv.time_s) + recv.from + recv.channel_id + std::to_string(recv.channel_type);
    sign += payload;
    return message_key(sign);
}

}  // namespace hy::wire::wukongim
