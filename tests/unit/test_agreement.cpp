// Known answers of the primitives that WuKongIM's protocol prescribes: RFC 7748, NIST SP 800-38A, RFC 1321.
#include <boost/test/unit_test.hpp>

#include "auth/agreement.h"
#include "base/encode.h"
#include "base/errors.h"

using namespace hy;

namespace {
std::string bytes(const char* hex) { return *from_hex(hex); }

constexpr const char* kAlice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr const char* kAliceOpen = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
constexpr const char* kBob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr const char* kBobOpen = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
constexpr const char* kShared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

constexpr const char* kKey = "2b7e151628aed2a6abf7158809cf4f3c";
constexpr const char* kIv = "000102030405060708090a0b0c0d0e0f";
constexpr const char* kPlain =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
constexpr const char* kSealed =
    "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
    "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7";
}  // namespace

BOOST_AUTO_TEST_SUITE(agreement)

BOOST_AUTO_TEST_CASE(x25519_of_rfc_7748_section_5_2) {
    BOOST_TEST(to_hex(*auth::x25519(bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                                    bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))) ==
               "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    BOOST_TEST(to_hex(*auth::x25519(bytes("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                                    bytes("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))) ==
               "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

BOOST_AUTO_TEST_CASE(x25519_of_rfc_7748_section_6_1) {
    BOOST_TEST(to_hex(*auth::x25519(bytes(kAlice), bytes(kBobOpen))) == kShared);
    BOOST_TEST(to_hex(*auth::x25519(bytes(kBob), bytes(kAliceOpen))) == kShared);
}

BOOST_AUTO_TEST_CASE(x25519_refuses_what_is_no_key) {
    BOOST_TEST(!auth::x25519(bytes(kAlice), std::string(31, 'x')));
    BOOST_TEST(!auth::x25519(bytes(kAlice), ""));
    BOOST_TEST(!auth::x25519(std::string(33, 'x'), bytes(kBobOpen)));
    // Points of small order make a secret of zeros.
    BOOST_TEST(!auth::x25519(bytes(kAlice), std::string(32, '\0')));
    BOOST_TEST(!auth::x25519(bytes(kAlice), "\x01" + std::string(31, '\0')));
}

BOOST_AUTO_TEST_CASE(two_pairs_agree) {
    const auto a = auth::x25519_pair(), b = auth::x25519_pair();
    BOOST_TEST(a.open != b.open);
    BOOST_TEST(*auth::x25519(a.secret, b.open) == *auth::x25519(b.secret, a.open));
}

BOOST_AUTO_TEST_CASE(aes_128_cbc_of_nist_sp_800_38a_f_2_1) {
    const std::string sealed = auth::aes128_cbc(bytes(kKey), bytes(kIv), bytes(kPlain));
    BOOST_TEST(to_hex(sealed.substr(0, 64)) == kSealed);
    // Four whole blocks get one of padding alone.
    BOOST_TEST(sealed.size() == 80u);
    BOOST_TEST(to_hex(*auth::open_aes128_cbc(bytes(kKey), bytes(kIv), sealed)) == kPlain);
}

BOOST_AUTO_TEST_CASE(aes_128_cbc_of_any_size) {
    for (size_t size = 0; size < 50; ++size) {
        const std::string plain(size, 'p');
        const std::string sealed = auth::aes128_cbc(bytes(kKey), bytes(kIv), plain);
        BOOST_TEST(sealed.size() == size / 16 * 16 + 16);
        BOOST_TEST(*auth::open_aes128_cbc(bytes(kKey), bytes(kIv), sealed) == plain);
    }
}

BOOST_AUTO_TEST_CASE(aes_128_cbc_refuses_what_was_not_sealed_so) {
    const std::string sealed = auth::aes128_cbc(bytes(kKey), bytes(kIv), "text");
    BOOST_TEST(!auth::open_aes128_cbc(bytes(kIv), bytes(kIv), sealed));
    BOOST_TEST(!auth::open_aes128_cbc(bytes(kKey), bytes(kIv), sealed.substr(1)));
    BOOST_TEST(!auth::open_aes128_cbc(bytes(kKey), bytes(kIv), ""));
    BOOST_CHECK_THROW(auth::aes128_cbc("short", bytes(kIv), "text"), Error);
}

BOOST_AUTO_TEST_CASE(md5_of_rfc_1321) {
    BOOST_TEST(auth::md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
    BOOST_TEST(auth::md5_hex("abc") == "900150983cd24fb0d6963f7d28e17f72");
    BOOST_TEST(auth::md5_hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
}

BOOST_AUTO_TEST_SUITE_END()
