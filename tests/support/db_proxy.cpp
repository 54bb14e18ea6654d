#include "support/db_proxy.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <vector>

namespace hy::test {

namespace {

constexpr size_t kHead = 4;
constexpr uint8_t kQuit = 0x01, kQuery = 0x03, kPrepare = 0x16, kExecute = 0x17, kLongData = 0x18, kClose = 0x19;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + " is too long for a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Fd new_socket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

bool send_all(const Fd& to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
}

uint32_t number(const std::string& bytes, size_t at, int size) {
    uint32_t value = 0;
    for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]);
    return value;
}

std::string error_packet(int code, const char* state, const std::string& text) {
    std::string packet = "\xff";
    packet += static_cast<char>(code & 0xff);
    packet += static_cast<char>(code >> 8);
    packet += std::string("#") + state + text;
    const std::string head = {static_cast<char>(packet.size()), 0, 0, 1};
    return head + packet;
}

// Past a length-encoded integer.
void skip_number(const std::string& bytes, size_t& at) {
    const auto first = static_cast<uint8_t>(bytes[at]);
    const int more = first < 0xfb ? 0 : first == 0xfc ? 2 : first == 0xfd ? 3 : 8;
    at += 1 + static_cast<size_t>(more);
}

// Whether nothing comes behind this answer: rows, a fault, or an OK that says so.
bool whole_answer(const std::string& answer) {
    constexpr uint32_t kMoreResults = 8;
    for (size_t at = 0; at + kHead < answer.size();) {
        const size_t end = at + kHead + number(answer, at, 3);
        if (end > answer.size()) return false;
        if (answer[at + kHead] != 0) return true;
        size_t status = at + kHead + 1;
        skip_number(answer, status);
        skip_number(answer, status);
        if (!(number(answer, status, 2) & kMoreResults)) return true;
        at = end;
    }
    return false;
}

bool counted(Counts counts, uint8_t kind, const std::string& text) {
    // Those have no answer, and nothing depends on them.
    if (kind == kQuit || kind == kClose || kind == kLongData) return false;
    if (counts == Counts::all) return true;
    if ((kind != kQuery && kind != kPrepare && kind != kExecute) || text.starts_with("SET ")) return false;
    if (counts == Counts::statements) return true;
    const bool reads = text.starts_with("SELECT") && text.find("FOR UPDATE") == std::string::npos;
    return kind != kPrepare && !reads;
}

}  // namespace

const char* name_of(Cut cut) {
    constexpr const char* names[] = {"before", "partly", "after", "deadlock", "lock timeout"};
    return names[static_cast<int>(cut)];
}

DbProxy::DbProxy(std::string listen_path, std::string server_path)
    : path_(std::move(listen_path)),
      server_path_(std::move(server_path)),
      listener_(new_socket()),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
    const sockaddr_un address = address_of(path_);
    ::unlink(path_.c_str());
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 64) != 0)
        throw std::runtime_error("cannot listen at " + path_);
    thread_ = std::thread([this] { work(); });
}

DbProxy::~DbProxy() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    const uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    thread_.join();
    ::unlink(path_.c_str());
}

void DbProxy::arm(int64_t n, Cut cut, bool stays_away, Counts counts) {
    std::lock_guard lock(mutex_);
    seen_ = 0;
    at_ = n;
    cut_ = cut;
    counts_ = counts;
    stays_away_ = stays_away;
    away_ = false;
    struck_.clear();
}

void DbProxy::heal() {
    std::lock_guard lock(mutex_);
    at_ = 0;
    away_ = false;
}

int64_t DbProxy::seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
}

bool DbProxy::struck() const {
    std::lock_guard lock(mutex_);
    return !struck_.empty();
}

std::string DbProxy::struck_sql() const {
    std::lock_guard lock(mutex_);
    return struck_;
}

void DbProxy::work() {
    for (;;) {
        std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        for (const Pair& pair : pairs_) {
            polled.push_back({pair.client.get(), POLLIN, 0});
            polled.push_back({pair.server.get(), POLLIN, 0});
        }
        ::poll(polled.data(), polled.size(), -1);
        if (polled[0].revents) return;
        size_t i = 2;
        for (Pair& pair : pairs_) {
            // What the server said came before what the client says next.
            if (polled[i + 1].revents) from_server(pair);
            if (!pair.over && polled[i].revents) from_client(pair);
            i += 2;
        }
        pairs_.remove_if([](const Pair& pair) { return pair.over; });
        if (polled[1].revents) accept_one();
    }
}

void DbProxy::accept_one() {
    Pair pair;
    pair.client = Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
        std::lock_guard lock(mutex_);
        if (away_) return;
    }
    pair.server = new_socket();
    const sockaddr_un address = address_of(server_path_);
    if (::connect(pair.server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    pairs_.push_back(std::move(pair));
}

void DbProxy::from_server(Pair& pair) {
    char buffer[65536];
    const ssize_t size = ::recv(pair.server.get(), buffer, sizeof buffer, 0);
    if (size > 0 && pair.doomed) pair.answer.append(buffer, static_cast<size_t>(size));
    if (size <= 0 || pair.doomed) {
        // All of it was done when the answer to its last statement is there.
        pair.over = size <= 0 || whole_answer(pair.answer);
        return;
    }
    const std::string bytes(buffer, static_cast<size_t>(size));
    if (!pair.preparing.empty() && bytes.size() >= kHead + 5 && bytes[kHead] == 0)
        pair.prepared[number(bytes, kHead + 1, 4)] = pair.preparing;
    pair.preparing.clear();
    if (!send_all(pair.client, bytes)) pair.over = true;
}

void DbProxy::from_client(Pair& pair) {
    char buffer[65536];
    const ssize_t size = ::recv(pair.client.get(), buffer, sizeof buffer, 0);
    if (size <= 0) {
        pair.over = true;
        return;
    }
    pair.in.append(buffer, static_cast<size_t>(size));
    while (!pair.over && pair.in.size() >= kHead) {
        const size_t whole = kHead + number(pair.in, 0, 3);
        if (pair.in.size() < whole) break;
        std::string packet = pair.in.substr(0, whole);
        pair.in.erase(0, whole);
        // A command begins a conversation of its own: number 0. The answer to the greeting is 1.
        if (packet[3] == 0) command(pair, std::move(packet));
        else if (!send_all(pair.server, packet)) pair.over = true;
    }
}

std::string DbProxy::text_of(Pair& pair, const std::string& packet) {
    const auto kind = static_cast<uint8_t>(packet[kHead]);
    if (kind == kQuery || kind == kPrepare) return packet.substr(kHead + 1);
    if (kind == kExecute && packet.size() >= kHead + 5) return pair.prepared[number(packet, kHead + 1, 4)];
    return "command " + std::to_string(kind);
}

void DbProxy::command(Pair& pair, std::string packet) {
    const auto kind = packet.size() > kHead ? static_cast<uint8_t>(packet[kHead]) : kQuit;
    const std::string text = text_of(pair, packet);
    bool strikes = false;
    Cut cut;
    {
        std::lock_guard lock(mutex_);
        if (away_) {
            pair.over = true;
            return;
        }
        strikes = counted(counts_, kind, text) && ++seen_ == at_;
        cut = cut_;
        if (strikes) {
            struck_ = text;
            away_ = stays_away_;
        }
    }
    if (strikes && cut == Cut::deadlock) {
        pair.over = !send_all(pair.client, error_packet(1213, "40001", "Deadlock found"));
        return;
    }
    if (strikes && cut == Cut::lock_timeout) {
        pair.over = !send_all(pair.client, error_packet(1205, "HY000", "Lock wait timeout exceeded"));
        return;
    }
    if (strikes && cut == Cut::before) {
        pair.over = true;
        return;
    }
    if (strikes && cut == Cut::partly) packet.resize(packet.size() / 2);
    if (kind == kPrepare) pair.preparing = text;
    if (!send_all(pair.server, packet)) pair.over = true;
    pair.doomed = strikes && cut == Cut::after;
    if (strikes && cut == Cut::partly) pair.over = true;
}

}  // namespace hy::test
