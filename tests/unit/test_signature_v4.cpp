// Signatures of S3 by the examples of its reference ("Examples: Signature Calculations" and "Authenticating Requests: Using
// Query Parameters").
#include <boost/test/unit_test.hpp>

#include "auth/crypto.h"
#include "auth/signature_v4.h"
#include "base/encode.h"

namespace hy::test {

namespace {
constexpr int64_t kAt = 1369353600;  // 2013-05-24T00:00:00Z
const auth::Bucket kBucket{"https://examplebucket.s3.amazonaws.com", "", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
                           "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
std::string signature_of(const std::string& text) { return text.substr(text.rfind("ignature=") + 9); }
}  // namespace

BOOST_AUTO_TEST_SUITE(signature_v4)

BOOST_AUTO_TEST_CASE(a_get_with_a_range) {
    const auto headers =
        auth::signed_headers(kBucket, "GET", "test.txt", auth::kEmptySha256, {{"range", "bytes=0-9"}}, kAt);
    BOOST_TEST(headers.at("host") == "examplebucket.s3.amazonaws.com");
    BOOST_TEST(headers.at("x-amz-date") == "20130524T000000Z");
    BOOST_TEST(signature_of(headers.at("authorization")) ==
               "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

BOOST_AUTO_TEST_CASE(a_put_whose_key_wants_encoding) {
    const auto headers = auth::signed_headers(
        kBucket, "PUT", "test$file.text", to_hex(auth::sha256("Welcome to Amazon S3.")),
        {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}, kAt);
    BOOST_TEST(signature_of(headers.at("authorization")) ==
               "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

BOOST_AUTO_TEST_CASE(an_address_for_a_day) {
    const std::string query = auth::signed_query(kBucket, "test.txt", {}, 86400, kAt);
    BOOST_TEST(
        query.starts_with("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-"
                          "1%2Fs3%2Faws4_request"));
    BOOST_TEST(signature_of(query) == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

BOOST_AUTO_TEST_CASE(another_key_path_or_secret_is_another_signature) {
    const auto sign = [](const auth::Bucket& bucket, const std::string& key) {
        return signature_of(auth::signed_query(bucket, key, {}, 60, kAt));
    };
    const std::string one = sign(kBucket, "a");
    auth::Bucket other = kBucket;
    other.secret += "x";
    BOOST_TEST(sign(kBucket, "b") != one);
    BOOST_TEST(sign(other, "a") != one);
    other = kBucket;
    other.path = "/bucket";
    BOOST_TEST(sign(other, "a") != one);
}

BOOST_AUTO_TEST_CASE(pieces_give_the_sum_of_the_whole) {
    auth::Sha256 sum;
    for (const char* piece : {"Welcome ", "", "to Amazon S3."}) sum.add(piece);
    BOOST_TEST(to_hex(sum.digest()) == to_hex(auth::sha256("Welcome to Amazon S3.")));
    BOOST_TEST(to_hex(auth::Sha256().digest()) == auth::kEmptySha256);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
