// The floor under GET /ocms/robots/: libfcgi and Connector/C++ in a loop, the same query, rows, HMAC check and answer,
// and nothing else: no routes, no limits, no other answers than 200 and 401, no log, no metrics, no clean end.
//   bare_robots THREADS   with a listening socket as fd 0 and BENCH_{SOCKET,USER,PASSWORD,SCHEMA,KEY}
#include <cppconn/connection.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fcgiapp.h>
#include <mysql_connection.h>
#include <mysql_driver.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr const char* kQuery =
    "SELECT r.public_id, COALESCE(r.owner_id, 0), COALESCE(a.nickname, ''), r.name, r.description,"
    " r.icon, r.is_private, r.created_at, r.updated_at"
    " FROM robots r LEFT JOIN accounts a ON a.id = r.owner_id"
    " WHERE r.owner_id = ? AND r.deleted_at IS NULL ORDER BY r.id DESC LIMIT ? OFFSET ?";

std::string setting(const char* name) {
    const char* value = getenv(name);
    return value ? value : "";
}

// Where each character stands in the alphabet of base64url, -1 elsewhere.
constexpr auto kPlaces = [] {
    std::array<int8_t, 256> places{};
    places.fill(-1);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < alphabet.size(); ++i)
        places[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
    return places;
}();

std::string from_base64url(std::string_view text) {
    std::string out;
    out.reserve(text.size() * 3 / 4);
    unsigned word = 0;
    int bits = 0;
    for (const char c : text) {
        const int place = kPlaces[static_cast<unsigned char>(c)];
        if (place < 0) return {};
        word = word << 6 | static_cast<unsigned>(place);
        if ((bits += 6) >= 8) out.push_back(static_cast<char>(word >> (bits -= 8)));
    }
    return out;
}

// The number behind `"name":` in flat JSON that we made ourselves.
int64_t number_of(std::string_view json, std::string_view name) {
    const size_t at = json.find(name);
    int64_t number = 0;
    if (at != std::string_view::npos)
        std::from_chars(json.data() + at + name.size(), json.data() + json.size(), number);
    return number;
}

int64_t account_of(std::string_view token, const std::string& key) {
    const size_t first = token.find('.'), last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return 0;
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(token.data()),
         last, mac, &size);
    const std::string signature = from_base64url(token.substr(last + 1));
    if (signature.size() != size || CRYPTO_memcmp(mac, signature.data(), size) != 0) return 0;
    const std::string claims = from_base64url(token.substr(first + 1, last - first - 1));
    const bool ours = claims.find(R"("iss":"hongyan")") != std::string::npos &&
                      claims.find(R"("kind":"access")") != std::string::npos;
    if (!ours || number_of(claims, R"("exp":)") <= time(nullptr)) return 0;
    return number_of(claims, R"("sub":")");
}

void append_text(std::string& out, const char* name, std::string_view text) {
    out += name;
    size_t run = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, run, i - run);
        if (c == '"') out += "\\\"";
        else if (c == '\\') out += "\\\\";
        else {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            out += escaped;
        }
        run = i + 1;
    }
    out.append(text, run, std::string_view::npos);
    out += '"';
}

void append_digits(char* to, unsigned value, int digits) {
    while (digits-- > 0) {
        to[digits] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

void append_time(std::string& out, const char* name, int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(ms)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    char text[] = "0000-00-00T00:00:00.000Z\"";
    append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    append_digits(text + 5, static_cast<unsigned>(date.month()), 2);
    append_digits(text + 8, static_cast<unsigned>(date.day()), 2);
    append_digits(text + 11, static_cast<unsigned>(time.hours().count()), 2);
    append_digits(text + 14, static_cast<unsigned>(time.minutes().count()), 2);
    append_digits(text + 17, static_cast<unsigned>(time.seconds().count()), 2);
    append_digits(text + 20, static_cast<unsigned>(time.subseconds().count()), 3);
    out += name;
    out += text;
}

std::string_view view(const sql::SQLString& text) { return text.asStdString(); }

std::string answer(sql::PreparedStatement& statement, int64_t account) {
    statement.setInt64(1, account);
    statement.setInt64(2, 100);
    statement.setInt64(3, 0);
    const std::unique_ptr<sql::ResultSet> rows(statement.executeQuery());
    std::string out = "[";
    while (rows->next()) {
        append_text(out, out.size() > 1 ? R"(,{"robot_id":")" : R"({"robot_id":")", view(rows->getString(1)));
        append_text(out, R"(,"name":")", view(rows->getString(4)));
        append_text(out, R"(,"description":")", view(rows->getString(5)));
        append_text(out, R"(,"icon":")", view(rows->getString(6)));
        append_text(out, R"(,"creator_id":")", std::to_string(rows->getInt64(2)));
        append_text(out, R"(,"creator_name":")", view(rows->getString(3)));
        out += rows->getInt64(7) ? R"(,"private":true)" : R"(,"private":false)";
        append_time(out, R"(,"created_at":")", rows->getInt64(8));
        append_time(out, R"(,"updated_at":")", rows->getInt64(9));
        out += '}';
    }
    return out += ']';
}

std::unique_ptr<sql::Connection> connect() {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString("unix://" + setting("BENCH_SOCKET"));
    options["userName"] = sql::SQLString(setting("BENCH_USER"));
    options["password"] = sql::SQLString(setting("BENCH_PASSWORD"));
    options["schema"] = sql::SQLString(setting("BENCH_SCHEMA"));
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    return std::unique_ptr<sql::Connection>(get_driver_instance()->connect(options));
}

void serve(const std::string& key) {
    get_driver_instance()->threadInit();
    const auto connection = connect();
    const std::unique_ptr<sql::PreparedStatement> statement(connection->prepareStatement(kQuery));
    FCGX_Request request;
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) >= 0) {
        const char* header = FCGX_GetParam("HTTP_AUTHORIZATION", request.envp);
        const int64_t account = header && strlen(header) > 7 ? account_of(header + 7, key) : 0;
        std::string out;
        if (!account) {
            out = "Status: 401\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        } else {
            const std::string body = answer(*statement, account);
            out = "Status: 200\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body;
        }
        FCGX_PutStr(out.data(), static_cast<int>(out.size()), request.out);
        FCGX_Finish_r(&request);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? atoi(argv[1]) : 4;
    // As our handlers set them: the library's defaults wait 2 s for a peer that does not close.
    setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "20", 1);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "20", 1);
    FCGX_Init();
    get_driver_instance();  // its first fetch is not thread-safe
    const std::string key = setting("BENCH_KEY");
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back(serve, std::cref(key));
    for (auto& worker : workers) worker.join();
}
