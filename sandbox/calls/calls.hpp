// Calls of a C++ function on values in wire form (see sandbox/guest/values.py): arguments are read into the function's
// own parameter types, and its result is written from its own type. Included before the program, which may define macros.
#pragma once
#include <bits/stdc++.h>
#include <fcntl.h>
#include <unistd.h>

namespace codesieve_calls {

struct Value {
  enum Kind { null, boolean, integer, real, text, list, tagged } kind = null;
  bool flag = false;
  long long whole = 0;
  double number = 0;
  std::string string;  // also the tag
  std::vector<Value> items;
};

[[noreturn]] inline void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

// -- reading JSON --------------------------------------------------------------------------------------------------

class Reader {
 public:
  explicit Reader(const std::string& text) : at_(text.data()), end_(text.data() + text.size()) {}

  Value read() {
    skip();
    if (at_ == end_) refuse("the arguments end too early");
    Value value;
    switch (*at_) {
      case 'n': take("null"); return value;
      case 't': take("true"); value.kind = Value::boolean; value.flag = true; return value;
      case 'f': take("false"); value.kind = Value::boolean; return value;
      case '"': value.kind = Value::text; value.string = string(); return value;
      case '[': value.kind = Value::list; items(value.items); return value;
      case '{': return tagged();
      default: return number();
    }
  }

 private:
  const char* at_;
  const char* end_;

  void skip() { while (at_ < end_ && std::isspace(static_cast<unsigned char>(*at_))) ++at_; }
  void take(const char* word) {
    for (; *word; ++word, ++at_) if (at_ == end_ || *at_ != *word) refuse("the arguments are no JSON");
  }
  void items(std::vector<Value>& into) {
    take("[");
    skip();
    if (at_ < end_ && *at_ == ']') { ++at_; return; }
    for (;;) {
      into.push_back(read());
      skip();
      if (at_ < end_ && *at_ == ',') { ++at_; continue; }
      take("]");
      return;
    }
  }
  Value tagged() {
    take("{");
    skip();
    std::string tag = string();
    skip();
    take(":");
    Value value = read();
    skip();
    take("}");
    if (tag == "float" && value.kind == Value::text) {
      value.kind = Value::real;
      value.number = std::strtod(value.string.c_str(), nullptr);
      return value;
    }
    if (value.kind != Value::list) refuse("a value of kind '" + tag + "' has no type in C++");
    value.kind = Value::tagged;
    value.string = tag;
    return value;
  }
  Value number() {
    const char* begin = at_;
    bool real = false;
    while (at_ < end_ && std::strchr("+-0123456789.eE", *at_)) real |= std::strchr(".eE", *at_++) != nullptr;
    std::string digits(begin, at_);
    if (digits.empty()) refuse("the arguments are no JSON");
    Value value;
    value.kind = real ? Value::real : Value::integer;
    if (real) value.number = std::strtod(digits.c_str(), nullptr);
    else value.whole = std::strtoll(digits.c_str(), nullptr, 10);
    return value;
  }
  unsigned code() {
    unsigned found = 0;
    for (int n = 0; n < 4; ++n) {
      if (at_ == end_ || !std::isxdigit(static_cast<unsigned char>(*at_))) refuse("the arguments are no JSON");
      const char c = *at_++;
      found = found * 16 + (std::isdigit(static_cast<unsigned char>(c)) ? c - '0' : std::tolower(c) - 'a' + 10);
    }
    return found;
  }
  std::string string() {
    take("\"");
    std::string out;
    while (at_ < end_ && *at_ != '"') {
      if (*at_ != '\\') { out += *at_++; continue; }
      if (++at_ == end_) break;
      const char c = *at_++;
      const char* plain = "\"\"\\\\//b\bf\fn\nr\rt\t";
      if (c != 'u') {
        for (; *plain && *plain != c; plain += 2) {}
        if (!*plain) refuse("the arguments are no JSON");
        out += plain[1];
        continue;
      }
      unsigned point = code();
      if (point >= 0xD800 && point < 0xDC00 && end_ - at_ > 6 && at_[0] == '\\' && at_[1] == 'u') {
        at_ += 2;
        point = 0x10000 + ((point - 0xD800) << 10) + (code() - 0xDC00);
      }
      utf8(point, out);
    }
    take("\"");
    return out;
  }
  static void utf8(unsigned point, std::string& out) {
    if (point < 0x80) { out += static_cast<char>(point); return; }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(lead[more] | (point >> (6 * more)));
    for (int n = more - 1; n >= 0; --n) out += static_cast<char>(0x80 | ((point >> (6 * n)) & 0x3F));
  }
};

// -- kinds of types ------------------------------------------------------------------------------------------------

template <class T, class = void> struct is_map : std::false_type {};
template <class T> struct is_map<T, std::void_t<typename T::key_type, typename T::mapped_type>> : std::true_type {};
template <class T, class = void> struct is_set : std::false_type {};
template <class T> struct is_set<T, std::void_t<typename T::key_type, decltype(std::declval<T>().insert(
    std::declval<typename T::key_type>()))>> : std::bool_constant<!is_map<T>::value> {};
template <class T, class = void> struct is_row : std::false_type {};
template <class T> struct is_row<T, std::void_t<typename T::value_type, decltype(std::declval<T>().push_back(
    std::declval<typename T::value_type>()))>> : std::true_type {};
template <class T, class = void> struct is_tuple : std::false_type {};
template <class T> struct is_tuple<T, std::void_t<decltype(std::tuple_size<T>::value)>> : std::true_type {};
template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};
template <class T> struct is_variant : std::false_type {};
template <class... T> struct is_variant<std::variant<T...>> : std::true_type {};
template <class T> constexpr bool is_text = std::is_same_v<T, std::string>;
template <class> constexpr bool never = false;

inline const std::vector<Value>& items_of(const Value& value) {
  if (value.kind != Value::list && value.kind != Value::tagged) refuse("an argument is no list");
  return value.items;
}

// -- wire form -> C++ ----------------------------------------------------------------------------------------------

template <class T> T read(const Value& value);

template <class T, std::size_t... N> T read_tuple(const Value& value, std::index_sequence<N...>) {
  const std::vector<Value>& items = items_of(value);
  if (items.size() != sizeof...(N)) refuse("a tuple has another number of places");
  return T{read<std::tuple_element_t<N, T>>(items[N])...};
}

template <class Any> Any read_any(const Value& value) {  // a template: compiled where it is used
  // As the literals of a test would make it: int where it fits, double, const char*.
  switch (value.kind) {
    case Value::null: return {};
    case Value::boolean: return value.flag;
    case Value::integer:
      if (value.whole >= INT_MIN && value.whole <= INT_MAX) return static_cast<int>(value.whole);
      return static_cast<long>(value.whole);
    case Value::real: return value.number;
    case Value::text: {
      static std::deque<std::string> kept;
      return static_cast<const char*>(kept.emplace_back(value.string).c_str());
    }
    default: break;
  }
  if (value.kind == Value::tagged && value.string == "dict") {
    std::map<std::string, std::any> found;
    for (const Value& pair : value.items) {
      const bool named = pair.items.size() == 2 && pair.items[0].kind == Value::text;
      found[named ? pair.items[0].string : std::to_string(found.size())] = read_any<Any>(pair.items.at(1));
    }
    return found;
  }
  std::vector<std::any> found;
  for (const Value& item : value.items) found.push_back(read_any<Any>(item));
  return found;
}

template <class T, std::size_t N = 0> T read_variant(const Value& value) {
  if constexpr (N < std::variant_size_v<T>) {
    using Kind = std::variant_alternative_t<N, T>;
    const bool whole = value.kind == Value::integer, real = value.kind == Value::real;
    const bool wrong = (whole && std::is_floating_point_v<Kind>) || (real && std::is_integral_v<Kind>) ||
                       ((value.kind == Value::boolean) != std::is_same_v<Kind, bool>);
    if (!wrong) try { return T(std::in_place_index<N>, read<Kind>(value)); } catch (const std::invalid_argument&) {}
    return read_variant<T, N + 1>(value);
  } else {
    refuse("an argument is of none of a variant's types");
  }
}

template <class T> T constructed(const Value& value) {
  if constexpr (std::is_constructible_v<T, int>) if (value.kind == Value::integer) return T(static_cast<int>(value.whole));
  if constexpr (std::is_constructible_v<T, float>) if (value.kind == Value::real) return T(static_cast<float>(value.number));
  if constexpr (std::is_constructible_v<T, std::string>) if (value.kind == Value::text) return T(value.string);
  refuse("an argument's type is not known");
}

template <class T> T read(const Value& value) {
  if constexpr (std::is_same_v<T, std::any>) {
    return read_any<T>(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (value.kind == Value::boolean) return value.flag;
    if (value.kind == Value::integer) return value.whole != 0;
    refuse("an argument is no bool");
  } else if constexpr (std::is_same_v<T, char>) {
    if (value.kind != Value::text || value.string.size() != 1) refuse("an argument is no single character");
    return value.string[0];
  } else if constexpr (std::is_integral_v<T>) {
    if (value.kind == Value::boolean) return value.flag;
    if (value.kind == Value::real && value.number == std::trunc(value.number)) return static_cast<T>(value.number);
    if (value.kind != Value::integer) refuse("an argument is no integer");
    const T found = static_cast<T>(value.whole);
    if (static_cast<long long>(found) != value.whole) refuse("an integer is beyond its type");
    return found;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (value.kind == Value::integer) return static_cast<T>(value.whole);
    if (value.kind != Value::real) refuse("an argument is no number");
    return static_cast<T>(value.number);
  } else if constexpr (is_text<T>) {
    if (value.kind != Value::text) refuse("an argument is no text");
    return value.string;
  } else if constexpr (is_optional<T>::value) {
    if (value.kind == Value::null) return std::nullopt;
    return read<typename T::value_type>(value);
  } else if constexpr (is_variant<T>::value) {
    return read_variant<T>(value);
  } else if constexpr (is_map<T>::value) {
    T found;
    for (const Value& pair : items_of(value)) {
      if (items_of(pair).size() != 2) refuse("an argument is no dict");
      found[read<typename T::key_type>(pair.items[0])] = read<typename T::mapped_type>(pair.items[1]);
    }
    return found;
  } else if constexpr (is_set<T>::value) {
    T found;
    for (const Value& item : items_of(value)) found.insert(read<typename T::key_type>(item));
    return found;
  } else if constexpr (is_row<T>::value) {
    T found;
    for (const Value& item : items_of(value)) found.push_back(read<typename T::value_type>(item));
    return found;
  } else if constexpr (is_tuple<T>::value) {
    return read_tuple<T>(value, std::make_index_sequence<std::tuple_size<T>::value>());
  } else {
    return constructed<T>(value);
  }
}

// -- C++ -> wire form ----------------------------------------------------------------------------------------------

template <class T> void write(const T& value, std::string& out);

inline void write_text(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') { out += '\\'; out += c; }
    else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else out += c;
  }
  out += '"';
}

template <class T> void write_real(T value, std::string& out) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "{\"float\":\"nan\"}" : value > 0 ? "{\"float\":\"inf\"}" : "{\"float\":\"-inf\"}";
    return;
  }
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;  // the shortest that reads back the same
  out.append(digits, end);
  if (std::find_if(digits, end, [](char c) { return std::strchr(".e", c) != nullptr; }) == end) out += ".0";
}

template <class T> void write_items(const T& value, std::string& out) {
  bool first = true;
  out += '[';
  for (const auto& item : value) {
    if (!first) out += ',';
    first = false;
    if constexpr (is_map<T>::value) {
      out += '[';
      write(item.first, out);
      out += ',';
      write(item.second, out);
      out += ']';
    } else {
      write(static_cast<typename T::value_type>(item), out);
    }
  }
  out += ']';
}

template <class T, class Any> bool write_held(const Any& value, std::string& out) {
  if (value.type() != typeid(T)) return false;
  write(std::any_cast<const T&>(value), out);
  return true;
}

template <class Any> void write_any(const Any& value, std::string& out) {
  if (!value.has_value()) { out += "null"; return; }
  if (value.type() == typeid(const char*)) { write_text(std::any_cast<const char*>(value), out); return; }
  const bool known = write_held<int>(value, out) || write_held<long>(value, out) || write_held<bool>(value, out) ||
                     write_held<double>(value, out) || write_held<float>(value, out) ||
                     write_held<long long>(value, out) || write_held<std::string>(value, out) ||
                     write_held<char>(value, out) || write_held<std::vector<std::any>>(value, out) ||
                     write_held<std::map<std::string, std::any>>(value, out);
  if (!known) refuse("the result holds a std::any of a type that is not known");
}

template <class T> void write(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, std::any>) {
    write_any(value, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    write_text(std::string(1, value), out);
  } else if constexpr (std::is_integral_v<T>) {
    if (std::is_unsigned_v<T> && static_cast<unsigned long long>(value) > static_cast<unsigned long long>(LLONG_MAX)) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "{\"int\":\"0x%llx\"}", static_cast<unsigned long long>(value));
      out += digits;
    } else out += std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    write_real(value, out);
  } else if constexpr (is_text<T>) {
    write_text(value, out);
  } else if constexpr (std::is_same_v<T, const char*> || std::is_same_v<T, char*>) {
    write_text(value, out);
  } else if constexpr (std::is_same_v<T, std::nullopt_t> || std::is_same_v<T, std::monostate>) {
    out += "null";
  } else if constexpr (is_optional<T>::value) {
    if (value) write(*value, out);
    else out += "null";
  } else if constexpr (is_variant<T>::value) {
    std::visit([&out](const auto& held) { write(held, out); }, value);
  } else if constexpr (is_map<T>::value) {
    out += "{\"dict\":";
    write_items(value, out);
    out += '}';
  } else if constexpr (is_set<T>::value) {
    out += "{\"set\":";
    write_items(value, out);
    out += '}';
  } else if constexpr (is_row<T>::value) {
    write_items(value, out);
  } else if constexpr (is_tuple<T>::value) {
    out += "{\"tuple\":[";
    bool first = true;
    std::apply([&](const auto&... place) { ((out += first ? "" : ",", first = false, write(place, out)), ...); }, value);
    out += "]}";
  } else {
    refuse("the result is of a type that has no wire form");
  }
}

// -- calling -------------------------------------------------------------------------------------------------------

template <class R, class... A, class F, std::size_t... N>
std::string apply(F function, const std::vector<Value>& arguments, std::index_sequence<N...>) {
  if (arguments.size() != sizeof...(A))
    refuse("it takes " + std::to_string(sizeof...(A)) + " arguments, not " + std::to_string(arguments.size()));
  std::tuple<std::decay_t<A>...> given{read<std::decay_t<A>>(arguments[N])...};
  std::string out;
  if constexpr (std::is_void_v<R>) {
    function(static_cast<A>(std::get<N>(given))...);
    out = "null";
  } else {
    const std::decay_t<R> result = function(static_cast<A>(std::get<N>(given))...);
    write(result, out);
  }
  return out;
}

template <class R, class... A> std::string call(R (*function)(A...), const std::string& line) {
  return apply<R, A...>(function, items_of(Reader(line).read()), std::index_sequence_for<A...>());
}

template <class C, class R, class... A> std::string call(R (C::*method)(A...), const std::string& line) {
  C object{};
  const auto function = [&](A... given) -> R { return (object.*method)(static_cast<A>(given)...); };
  return apply<R, A...>(function, items_of(Reader(line).read()), std::index_sequence_for<A...>());
}

template <class C, class R, class... A> std::string call(R (C::*method)(A...) const, const std::string& line) {
  const C object{};
  const auto function = [&](A... given) -> R { return (object.*method)(static_cast<A>(given)...); };
  return apply<R, A...>(function, items_of(Reader(line).read()), std::index_sequence_for<A...>());
}

inline void put(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
    if (written <= 0) ::_exit(4);
    done += static_cast<std::size_t>(written);
  }
}

// Unbuffered would do, but for a program of many calls.
inline bool next_line(std::string& line) {
  static char buffer[1 << 16];
  static ssize_t size = 0, at = 0;
  line.clear();
  for (;;) {
    if (at == size) {
      at = 0;
      size = ::read(0, buffer, sizeof buffer);
      if (size <= 0) { size = 0; return !line.empty(); }
    }
    const char c = buffer[at++];
    if (c == '\n') return true;
    line += c;
  }
}

// One call of what stands on standard input; with `serve` a call a line. What the program prints goes to stderr.
template <class F> int serve(F function, bool several) {
  const int replies = ::dup(1);
  ::dup2(2, 1);
  std::string line;
  while (next_line(line)) {
    try {
      const std::string value = call(function, line);
      put(replies, several ? "{\"value\":" + value + "}\n" : value);
    } catch (const std::exception& error) {
      std::string text;
      write_text(error.what(), text);
      if (several) put(replies, "{\"error\":" + text + "}\n");
      else { put(2, std::string(error.what()) + "\n"); ::_exit(1); }
    }
    if (!several) break;
  }
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace codesieve_calls
