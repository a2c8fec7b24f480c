"""Files whose readings could be wrong without a word: they ask, or say which rows are invalid."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import options_of, read

ASK = {
    "AM and PM apart": "date,time,period,temp\n2024-05-14,03:00,PM,20.1\n2024-05-14,04:00,PM,20.2\n"
    "2024-05-14,05:00,AM,20.3\n",
    "flags without a header": "2024-05-14 03:00,5.3,OK\n2024-05-14 03:10,5.4,OK\n",
    "units without a header": "2024-05-14 03:00,C,5.3\n2024-05-14 03:10,C,5.4\n",
    "states without a header": "on,2024-05-14 03:00,5.3\noff,2024-05-14 03:10,5.4\n",
    "a second header": "time,temp,hum\n2024-05-14 03:00,5.3,40\ntime,pressure,wind\n"
    "2024-05-14 03:10,1000,3\n",
    "two offsets": "# all times are UTC-5 in winter and UTC-4 in summer\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "local and not UTC": "# all times are in local time, not UTC\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "a gateway in a column that no word names": "time,upstream gateway,temp,hum\n"
    + "".join(f"2024-05-14 03:{k:02},{gateway},5.{k},40\n" for k, gateway in enumerate("ababab")),
    "units tell records of one time apart": "time,meter,volume,unit\n2024-05-14 03:00,a,0.4,m3\n"
    "2024-05-14 03:00,a,4.6,kWh\n2024-05-14 04:00,a,0.5,m3\n2024-05-14 04:00,a,5.7,kWh\n",
    "decimal commas under a header that ends with one": "sensor_id,timestamp,value,\n"
    "a,2024-05-01T00:00:00Z,5,072\na,2024-05-01T00:01:00Z,6,001\n",
    "decimal commas under other names": "time,temp,hum,\n2024-05-14 03:00,5,3,40\n"
    "2024-05-14 03:10,5,4,41\n",
    "values below a limit beside plain ones": "time,nitrate,ammonium\n2024-05-14 03:00,<0.5,5.3\n"
    "2024-05-14 03:10,<0.5,5.4\n2024-05-14 03:20,0.7,5.5\n",
    "negative values in brackets": "time,flow,level\n2024-05-14 03:00,(4.5),5.3\n"
    "2024-05-14 03:10,(4.7),5.4\n",
    "two quantities that change places": "time,name1,val1,name2,val2\n"
    + "".join(
        f"2024-05-14 03:{k:02},{a},5.{k},{b},40.{k}\n"
        for k, (a, b) in enumerate([("temp", "hum"), ("hum", "temp")] * 4)
    ),
    "machines in a column that no word names": "time,press,pressure,hours\n"
    + "".join(f"2024-05-14 03:{k:02},P-{1 + k % 2},5.{k},{100 + k * k}\n" for k in range(8)),
    "another device after the first one": "Device: A\ntime,temp\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\n\nDevice: B\ntime,temp\n2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n",
    "numbers of flats beside the device": "date,device,flat_no,kwh\n"
    + "".join(f"2024-05-1{k},m{d},{100 + d},{d}{k}.5\n" for d in range(3) for k in range(4)),
    "depths that go round": "time,depth_m,temp,salinity\n"
    + "".join(f"2024-05-14 03:{k:02},{5 * (k % 3)},{k}.5,3{k}.1\n" for k in range(9)),
    "half-hours of a day by number": "meter,date,hh,value\n"
    + "".join(f"m1,2024-05-14,{k + 1},0.{k}\n" for k in range(48)),
    "places one after the other": "time,probe_pos,temp,hum\n"
    + "".join(
        f"2024-05-1{d} 03:0{k},{place},{d}.{k},4{k}.5\n"
        for d, place in enumerate(("top", "mid", "low"))
        for k in range(4)
    ),
    "more names than fields": "time,temp,hum,wind,rain\n2024-05-14 03:00,5.3,40\n"
    "2024-05-14 03:10,5.4,41\n",
    "times of day that no word names": "date,from quarter,kwh\n2024-05-14,03:00,5.3\n"
    "2024-05-14,03:15,5.4\n2024-05-14,03:30,5.5\n",
    "bytes in hexadecimal digits": "time,id,b0,b1\n"
    + "".join(f"2024-05-14 03:{k:02},18F,{k:02X},{40 + k}\n" for k in range(30)),
    "bits of alarms": "time,level,alarms\n2024-05-14 03:00,5.3,00000000\n2024-05-14 03:10,5.4,00010000\n",
    "divisors before the header": "Divisors\t\t1\t10\nDate\tTime\tversion\tBT1(40004)\n"
    "2024-05-14\t03:00:00\t9443\t53\n2024-05-14\t03:10:00\t9443\t54\n",
    "scales after the header": "time,temp,level\nscale,0.1,0.01\n2024-05-14 03:00,53,210\n"
    "2024-05-14 03:10,54,211\n",
    "a multiplier of each meter": "meter,timestamp,value,multiplier\n"
    + "".join(f"m{k % 2},2024-05-14 03:{k:02},{k}.5,{40 * (k % 2) or 1}\n" for k in range(8)),
    "a clock of twelve hours": "time,temp\n"
    + "".join(
        f"2024-05-14 {(k - 1) % 12 + 1:02}:{m},{k}.5\n" for k in range(9, 18) for m in ("05", "35")
    ),
    "modified Julian days": "time,flux\n60475.40000,5.3\n60475.41000,5.4\n60475.42000,5.5\n",
    "seconds of GPS": "GPS time,alt_error\n1402394418,5.3\n1402394419,5.4\n1402394420,5.5\n",
    "seconds since 2000": "timestamp,temp\n771681600,5.3\n771681660,5.4\n771681720,5.5\n",
    "seconds since 1990": "time (seconds since 1990-01-01),temp\n1087200000,5.3\n1087200060,5.4\n",
    "seconds since 1981 in a line of units": "time,sst\nseconds since 1981-01-01 00:00:00,kelvin\n"
    "1371200000,285.3\n1371200060,285.4\n",
    "another lot after the first one": "Lot;A123\nDatum;Zeit;Temp\n14.05.2024;03:00;5.3\n"
    "14.05.2024;03:10;5.4\nLot;A124\nDatum;Zeit;Temp\n14.05.2024;04:00;7.3\n14.05.2024;04:10;7.4\n",
    "dates of another calendar": "date,time,temp\n14/05/2567,03:00,5.3\n14/05/2567,03:10,5.4\n",
    "months in a row": "date,Jan,Feb,Mar,Apr,May,Jun\n1990-01-01,5.3,5.4,5.5,5.6,5.7,5.8\n"
    "1991-01-01,6.3,6.4,6.5,6.6,6.7,6.8\n",
    "years in a row": "date,2022,2023\n2024-05-14,5.3,5.4\n2024-05-15,6.3,6.4\n",
    "days of the week in a row": "date;Mo;Di;Mi;Do;Fr;Sa;So\n2024-05-13;1.5;2.5;3.5;4.5;5.5;6.5;7.5\n"
    "2024-05-20;2.5;3.5;4.5;5.5;6.5;7.5;8.5\n",
    "minutes in a row": "time,0,15,30,45\n2024-05-14 03:00,5.3,5.4,5.5,5.6\n2024-05-14 04:00,6.3,6.4,6.5,6.6\n",
    "some hours of each day": "date;7 Uhr;14 Uhr;21 Uhr\n14.05.2024;5.3;5.4;5.5\n15.05.2024;6.3;6.4;6.5\n",
    "parts of the day": "date,Temp AM,Temp PM\n2024-05-14,5.3,5.4\n2024-05-15,6.3,6.4\n",
    "types that change places": "time,device,type,value\n"
    + "".join(
        f"2024-05-14 03:{k:02},d1,{'temp' if k % 2 else 'hum'},{k + 40 * (k % 2)}.5\n"
        for k in range(12)
    ),
    "types with readings far from each other": "time,device,sensor type,value\n"
    + "".join(
        f"2024-05-14 03:{k:02},d1,{'temp' if k % 3 else 'co2'},{k + 400 * (k % 3 == 0)}.5\n"
        for k in range(12)
    ),
    "lines of a plant that go round": "time,line,value,device\n"
    + "".join(f"2024-05-14 03:{k:02},{1 + k % 2},{k + 40 * (k % 2)}.5,d1\n" for k in range(12)),
    "two sensors in a record": "time,sensor,temp,sensor,temp\n2024-05-14 03:00,A,5.3,B,7.3\n"
    "2024-05-14 03:10,A,5.4,B,7.4\n",
    "timestamps of something else": "time,last_seen,temp\n2024-05-14 03:00,1715655000,5.3\n"
    "2024-05-14 03:10,1715655400,5.4\n",
    "times of an abbreviation": "# All times are local standard time (PST)\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "times of a zone by its words": "# Dates are in Pacific Standard Time\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "numbers of things that change": "time,plug_uid,power\n"
    + "".join(f"2024-05-14 03:{k:02},{123450 + k % 2},{k}.5\n" for k in range(12)),
    "parts of a second called sec": "date,time,sec,temp\n2024-05-14,03:00:00,0.000,5.3\n"
    "2024-05-14,03:00:00,0.500,5.4\n",
    "another title before the header that comes again": "Kitchen\ntime,temp\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\n\nCellar\ntime,temp\n2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n",
    "another comment before the header that comes again": "# Kitchen\ntime,temp\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\n# Cellar\ntime,temp\n2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n",
    "another device in a comment": "# Device: A\ntime,temp\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\n# Device: B\ntime,temp\n2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n",
    "another title before later records": "time,temp\nKitchen\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\nCellar\n2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n",
    "other units after the header that comes again": "time,temp\n,°C\n2024-05-14 03:00,5.3\n"
    "2024-05-14 03:10,5.4\ntime,temp\n,°F\n2024-05-15 03:00,47.3\n2024-05-15 03:10,47.4\n",
    "midnight at the end of its date": "date,time,temp\n"
    + "".join(f"2024-05-14,{k % 24:02}:00,{k}.5\n" for k in range(1, 25)),
    "records with other columns before the header": "date,time,site,temp,wiper\n"
    + "".join(f"5/14/2024,03:0{k}:00,a,{k}.5,1.{k}\n" for k in range(6))
    + "\n,,SERIAL:,17,18,19\ndate,time,site,depth,sal,ph\n"
    + "".join(f"5/{15 + k}/2024,03:00:00,b,{k}.5,3{k}.1,7.{k}\n" for k in range(9)),
    "a zone by the name of a system": "Log Setup Time Zone;Westeuropäische Normalzeit\n\n"
    "time;temp\n2024-05-14 03:00;5.3\n2024-05-14 03:10;5.4\n",
    "a zone by its words under a longer name": "Time Zone Name: Pacific Standard Time\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "a zone with a town": "TIME ZONE;(UTC+01:00) Amsterdam\n\ntime;temp\n"
    "2024-05-14 03:00;5.3\n2024-05-14 03:10;5.4\n",
    "an abbreviation in a line about times": "Zeitbasis: MEZ\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "an abbreviation after a short name": "Zone,EST\n\ntime,temp\n"
    "2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "whole numbers with a zero in a room": "time,room,outside\n"
    + "".join(f"2024-05-14 03:{k:02},{20 + k % 3}.0,{k}.5\n" for k in range(12)),
    "numbers that count the records": "time,temp,port\n"
    + "".join(f"2024-05-14 03:{k:02},{k * k}.5,{k + 1}\n" for k in range(15)),
    "an offset without a sign": "time (UTC 2),temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n",
    "stations of a journey": "station,time,temp,wind\n"
    + "".join(f"cast_0{k:02},2024-05-14 {k:02}:17,{k}.5,{3 * k % 7}\n" for k in range(12)),
    "classes of values": "time,value,label\n2024-05-14 03:00,5.3,0\n2024-05-14 03:10,5.4,0\n"
    "2024-05-14 03:20,5.5,1\n2024-05-14 03:30,5.6,1\n",
    "readings with units beside a count": "1,2024-05-14 03:00,4.2 °C\n2,2024-05-14 03:10,4.3 °C\n"
    "3,2024-05-14 03:20,4.4 °C\n",
}


@pytest.mark.parametrize("text", ASK.values(), ids=list(ASK))
def test_what_could_be_read_wrongly_asks(text: str) -> None:
    found = read(text.encode(), filename="a.csv")
    assert found.doubt is not None
    assert found.readings == []


def test_a_half_of_the_day_in_a_column_of_its_own_is_suggested() -> None:
    text = ASK["AM and PM apart"].encode()
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-05-14T15:00:00.000000Z"


def test_a_zone_of_the_database_with_a_number_has_its_own_sign() -> None:
    found = read(b"time (Etc/GMT+5),temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n")
    assert found.readings[0] == ("temp", "2024-05-14T08:00:00.000000Z", 5.3)


def test_a_header_of_several_lines_is_one_name() -> None:
    found = read(b'time,"Temp\n(C)"\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n')
    assert [sensor for sensor, _, _ in found.readings] == ["Temp (C)", "Temp (C)"]
    assert found.invalid == []


def test_columns_never_share_a_name() -> None:
    found = read(b"time,t,t,t#2\n2024-05-14 03:00,1,2,3\n2024-05-14 03:10,4,5,6\n")
    assert len({sensor for sensor, _, _ in found.readings}) == 3
    options = options_of(["--column-names", "time", "--column-names", "a", "--column-names", "a"])
    found = read(b"2024-05-14 03:00,1,2\n2024-05-14 03:10,4,5\n", options)
    assert len({sensor for sensor, _, _ in found.readings}) == 2


def test_a_date_and_a_time_that_no_word_names_are_suggested_together() -> None:
    text = b"tagg;klokka;temp\n14.05.2024;03:00;5.3\n15.05.2024;03:10;5.4\n"
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-05-14T03:00:00.000000Z"


def test_a_start_in_a_name_is_suggested() -> None:
    text = ASK["seconds since 1990"].encode()
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].readings[0].timestamp == "2024-06-14T08:00:00.000000Z"


def test_dates_of_six_digits_are_suggested() -> None:
    doubt = read(b"date,time,temp\n320514,03:00,5.3\n320531,03:10,5.4\n").doubt
    assert doubt is not None
    assert [s.options["timestamp_format"] for s in doubt.suggestions] == [("%y%m%d %H:%M",)]
    assert doubt.suggestions[0].readings[0].timestamp == "2032-05-14T03:00:00.000000Z"


@pytest.mark.parametrize(
    ("names", "records", "sensors"),
    [
        ("STAID, DATE, TG, Q_TG", "41, 20240514, 53, 0\n41, 20240515, 54, 9\n", {"41/TG"}),
        ("time,TEMP,TEMP_ATTRIBUTES", "2024-05-14,5.3,24\n2024-05-15,5.4,24\n", {"TEMP"}),
        ("time,Sample Index,EXG", "2024-05-14 03:00,0.0,5.3\n2024-05-14 03:01,1.0,5.4\n", {"EXG"}),
        ("time,PRBID,temp", "2024-05-14 03:00,17,5.3\n2024-05-14 03:01,17,5.4\n", {"temp"}),
        (
            "time,FLUID,temp",
            "2024-05-14 03:00,17,5.3\n2024-05-14 03:01,18,5.4\n",
            {"FLUID", "temp"},
        ),
        (
            "D,1,time,region,price",
            "D,1,2024-05-14 03:00,A,5.3\nD,1,2024-05-14 03:05,A,5.4\n",
            {"price"},
        ),
        ("Date;PTE;time;price", "14-05-2024;1;00:00;5.3\n14-05-2024;2;00:15;5.4\n", {"price"}),
        ("interval_start,interval_end,kWh", "2024-05-14 03:00,2024-05-14 03:15,5.3\n", {"kWh"}),
        ("time,code,temp", "2024-05-14 03:00,6407,5.3\n2024-05-14 03:01,6407,5.4\n", {"temp"}),
        (
            "time,sw_version,temp",
            "2024-05-14 03:00,2.10,5.3\n2024-05-14 03:01,2.10,5.4\n",
            {"temp"},
        ),
        (
            "time,install_date,temp",
            "2024-05-14 03:00,20230101,5.3\n2024-05-14 03:01,20230101,5.4\n",
            {"temp"},
        ),
        (
            "time,NO2,NO2_F,O3,O3_F",
            "2024-05-14 03:00,5.3,1,6.3,9\n2024-05-14 03:01,5.4,1,6.4,1\n",
            {"NO2", "O3"},
        ),
        (
            "time,t,t_f,u,u_f",
            "2024-05-14 03:00,5.3,41.5,6.3,43.3\n2024-05-14 03:01,5.4,41.7,6.4,43.5\n",
            {"t", "t_f", "u", "u_f"},
        ),
        (
            "site,time,08_00060,08_00060_cd",
            "7,2024-05-14,5.3,A\n7,2024-05-15,5.4,P\n",
            {"7/08_00060"},
        ),
        ("time,temp,MonthDay", "2024-05-14 03:00,5.3,0514\n2024-05-15 03:01,5.4,0515\n", {"temp"}),
        (
            "time,power,label",
            "2024-05-14 03:00,5.3,False\n2024-05-14 03:01,5.4,True\n2024-05-14 03:02,5.5,False\n"
            "2024-05-14 03:03,5.5,False\n",
            {"power"},
        ),
        (
            "time,power,interpolated_mask",
            "2024-05-14 03:00,5.3,False\n2024-05-14 03:01,5.4,True\n2024-05-14 03:02,5.5,False\n"
            "2024-05-14 03:03,5.5,False\n",
            {"power"},
        ),
        (
            "time,current,anomaly,changepoint",
            "2024-05-14 03:00,5.3,0.0,0\n2024-05-14 03:01,5.4,1.0,1\n",
            {"current"},
        ),
        (
            "time,Decimal Date,CO2",
            "2024-05-14,2024.366,421.3\n2024-06-14,2024.451,421.4\n",
            {"CO2"},
        ),
        ("time,FIX,HDOP", "2024-05-14 03:00,3d,0.8\n2024-05-14 03:01,2d,1.9\n", {"HDOP"}),
        (
            "time,lat_,lon_,level",
            "2024-05-14 03:00,52.5004150 N,13.4522766 E,5.3\n"
            "2024-05-14 03:01,52.5004151 N,13.4522767 E,5.4\n",
            {"level"},
        ),
        ("time,temp,temp_qual", "2024-05-14 03:00,5.3,1\n2024-05-14 03:01,5.4,9\n", {"temp"}),
        ("time,temp,DQ_temp", "2024-05-14 03:00,5.3,1\n2024-05-14 03:01,5.4,9\n", {"temp"}),
        ("time,kW,temp", "2024-05-14 03:00,5,5.3\n2024-05-14 03:01,6,5.4\n", {"kW", "temp"}),
        (
            "time,gps_lat,easting,temp",
            "2024-05-14 03:00,52.1,345678,5.3\n2024-05-14 03:01,52.2,345679,5.4\n",
            {"temp"},
        ),
        ("time,dst,kwh", "2024-05-14 03:00,1,5.3\n2024-05-14 04:00,1,5.4\n", {"kwh"}),
        # Hectopascals and not bits.
        ("time,hpa", "2024-05-14 03:00,1010,\n2024-05-14 04:00,1011,\n", {"hpa"}),
        ("time,gain,temp", "2024-05-14 03:00,1,5.3\n2024-05-14 04:00,1,5.4\n", {"gain", "temp"}),
    ],
)
def test_what_is_about_readings_is_none(names: str, records: str, sensors: set[str]) -> None:
    found = read(f"{names}\n{records}".encode())
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == sensors


@pytest.mark.parametrize(
    "again",
    [
        "time,temp\n",
        "Logging started 2024-05-15 02:58:11\ntime,temp\n",
        "logger was restarted\ntime,temp\n",
        "Page 2\ntime,temp\n",
        "Battery: 3.58 V\ntime,temp\n",
    ],
)
def test_a_header_that_comes_again_for_the_same_sensor_is_read(again: str) -> None:
    first = "Logging started 2024-05-14 02:59:00\n" if again.startswith("Logging") else ""
    first = "Page 1\n" if "Page" in again else first
    first = "Battery: 3.61 V\n" if "Battery" in again else first
    found = read(
        f"{first}time,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n{again}"
        "2024-05-15 03:00,7.3\n2024-05-15 03:10,7.4\n".encode()
    )
    assert found.doubt is None
    assert [value for _, _, value in found.readings] == [5.3, 5.4, 7.3, 7.4]


def test_midnights_before_the_other_times_of_their_date_are_read() -> None:
    hours = [f"2024-05-{14 + k // 24},{k % 24:02}:00,{k}.5\n" for k in range(48)]
    for records in (hours, hours[::-1]):
        found = read(("date,time,temp\n" + "".join(records)).encode())
        assert found.doubt is None
        assert len(found.readings) == 48


def test_the_times_of_a_column_called_gmt_come_before_local_ones() -> None:
    found = read(b"LocalTime,GMT,temp\n2024-05-14 05:00,2024-05-14 03:00,5.3\n")
    assert found.readings == [("temp", "2024-05-14T03:00:00.000000Z", 5.3)]


def test_local_times_that_a_line_before_the_data_says_are_reported() -> None:
    found = read(b"# All times are local\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n")
    assert found.notices == {"local_zone"}


@pytest.mark.parametrize(
    "names",
    ["20 Hz,25 Hz,31 Hz,40 Hz", "T0,T15,T30,T45", "5cm,10cm,20cm,50cm", "1,2,3,4", "may,b,c,d"],
)
def test_columns_that_are_numbered_otherwise_are_sensors(names: str) -> None:
    records = "2024-05-14 03:00,5.3,5.4,5.5,5.6\n2024-05-14 04:00,6.3,6.4,6.5,6.6\n"
    found = read(f"time,{names}\n{records}".encode())
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == set(names.split(","))


def test_records_of_a_month_are_read_by_a_format_without_a_day() -> None:
    text = b"year,month,rain\n2023,1,59.4\n2023,2,4.4\n2023,12,60.5\n"
    doubt = read(text).doubt
    assert doubt is not None
    assert doubt.suggestions[0].options["timestamp_format"] == ("%Y %m",)
    options = ["--timestamp-column", "year", "--timestamp-column", "month"]
    found = read(text, options_of([*options, "--timestamp-format", "%Y %m"]))
    assert [stamp[:10] for _, stamp, _ in found.readings] == [
        "2023-01-01",
        "2023-02-01",
        "2023-12-01",
    ]


def test_several_readings_of_one_column_at_one_time_can_be_meant() -> None:
    records = "".join(f"2024-05-14 03:00:{k // 4:02},{k}.5,{k}.25\n" for k in range(20))
    doubt = read(f"time,volts,amps\n{records}".encode()).doubt
    assert doubt is not None
    assert doubt.suggestions[-1].options["sensor"] == "{column}"


def test_hexadecimal_digits_with_an_e_name_sensors() -> None:
    records = "".join(f"2024-05-14 03:{k:02},{1 + k % 2}E5,{k}.5\n" for k in range(8))
    found = read(f"time,node,temp\n{records}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"1E5/temp", "2E5/temp"}


def test_tag_is_a_day_beside_a_year_and_a_month() -> None:
    found = read(b"Jahr;Monat;Tag;Stunde;Temp\n2024;6;14;10;5,3\n2024;6;14;11;5,4\n")
    assert found.readings[1] == ("Temp", "2024-06-14T11:00:00.000000Z", 5.4)


def test_numbers_with_units_are_suggested_beside_plain_ones() -> None:
    doubt = read(b"time,soc,power\n2024-05-14 03:00,44%,255\n2024-05-14 03:10,45%,609\n").doubt
    assert doubt is not None
    first = doubt.suggestions[0].readings
    assert [(reading.sensor_id, reading.value) for reading in first[:2]] == [
        ("soc", 44.0),
        ("power", 255.0),
    ]


def test_flags_with_one_name_are_no_readings() -> None:
    found = read(
        b"time,temp,flag,hum,flag\n2024-05-14 03:00,5.3,1,40,1\n2024-05-14 03:10,5.4,1,41,2\n"
    )
    assert {sensor for sensor, _, _ in found.readings} == {"temp", "hum"}


def test_minutes_east_of_greenwich_in_a_header_are_the_zone() -> None:
    text = "Time (GMT {} mins),H2\n2024-05-14 03:00:00,5.3\n2024-05-14 03:10:00,5.4\n"
    found = read(text.format(120).encode())
    assert found.readings[0] == ("H2", "2024-05-14T01:00:00.000000Z", 5.3)
    found = read(text.format(-90).encode())
    assert found.readings[0] == ("H2", "2024-05-14T04:30:00.000000Z", 5.3)


def test_the_offset_beside_a_column_of_utc_is_that_of_the_local_times() -> None:
    found = read(
        b"LocalDateTime,UTCOffset,DateTimeUTC,temp\n"
        b"2024-05-14 03:00:00,-7.0,2024-05-14 10:00:00,5.3\n"
        b"2024-05-14 03:15:00,-7.0,2024-05-14 10:15:00,5.4\n"
    )
    assert found.readings[0] == ("temp", "2024-05-14T10:00:00.000000Z", 5.3)


def test_hours_with_a_point_in_a_column_are_the_zone() -> None:
    found = read(b"time,UTC offset,temp\n2024-05-14 03:00,5.5,5.3\n2024-05-14 03:15,5.5,5.4\n")
    assert found.readings[0] == ("temp", "2024-05-13T21:30:00.000000Z", 5.3)


@pytest.mark.parametrize("name", ["", "index"])
def test_dates_in_a_first_column_without_a_name_are_the_timestamp(name: str) -> None:
    found = read(f"{name},well 1\n1951-05-14,5.3\n1951-05-15,5.4\n".encode())
    assert found.readings[0] == ("well 1", "1951-05-14T00:00:00.000000Z", 5.3)


def test_a_mask_says_the_form_of_dates_of_any_year() -> None:
    found = read(b"STN,YYYYMMDD,   RD\n831,19510514,   12\n831,19510515,   38\n")
    assert found.readings[0] == ("831/RD", "1951-05-14T00:00:00.000000Z", 12.0)
    assert read(b"a,date,b\n831,19510514,12.5\n831,19510515,38.5\n").doubt is not None


def test_numbers_of_records_are_in_no_suggestion() -> None:
    records = "".join(f"{k};2024.05.14 03:{k:02};4;{k}.5;{2 * k}.25\n" for k in range(12))
    doubt = read(records.encode()).doubt
    assert doubt is not None
    assert doubt.suggestions
    assert all(
        "#1" not in str(suggestion.options["value_column"]) for suggestion in doubt.suggestions
    )


def test_units_that_tell_records_of_one_time_apart_are_suggested_first() -> None:
    doubt = read(
        b"time;meter;volume;unit;remark\n2024-05-14 03:00;a;0.4;m3;\n2024-05-14 03:00;a;4.6;kWh;final\n"
        b"2024-05-14 04:00;a;0.5;m3;\n2024-05-14 04:00;a;5.7;kWh;final\n"
    ).doubt
    assert doubt is not None
    assert doubt.suggestions[0].options["sensor_column"] == ("meter", "unit")


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f"])
def test_blanks_without_a_break_are_read(blank: str) -> None:
    found = read(
        f'time,temp\n"5/14/2024, 3:00:00{blank}PM",5.3\n"5/14/2024, 3:10:00{blank}PM",5.4\n'.encode()
    )
    assert found.readings[0] == ("temp", "2024-05-14T15:00:00.000000Z", 5.3)
    found = read(f"time,kWh\n2024-05-14 03:00:00{blank}to 2024-05-14 03:15:00,5.3\n".encode())
    assert found.readings[0] == ("kWh", "2024-05-14T03:00:00.000000Z", 5.3)


@pytest.mark.parametrize(
    "line",
    [
        "Date/Time zone offset (h): 1",
        "Logger time zone,+1",
        "Time base: UTC+1",
        "UTC+01:00",
        "GMT+0100 (CET)",
        "Settings;GMT + 1",
    ],
)
def test_an_offset_before_the_data_is_the_zone(line: str) -> None:
    found = read(f"{line}\n\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode())
    assert found.readings[0] == ("temp", "2024-05-14T02:00:00.000000Z", 5.3)


def test_an_offset_after_a_comma_in_a_header_is_the_zone() -> None:
    found = read(b'"Time (UTC, +2)",temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n')
    assert found.readings[0] == ("temp", "2024-05-14T01:00:00.000000Z", 5.3)


@pytest.mark.parametrize(
    ("line", "notices"),
    [
        ("Clock: Local Standard Time", {"local_zone"}),
        ("Daylight saving: on", {"local_zone"}),
        ("Daylight saving: off", set()),
        ("Local authority: Leeds", set()),
    ],
)
def test_clocks_that_are_local_or_put_forward_are_reported(line: str, notices: set[str]) -> None:
    found = read(f"{line}\n\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode())
    assert found.readings[0] == ("temp", "2024-05-14T03:00:00.000000Z", 5.3)
    assert found.notices == notices


def test_a_zone_next_to_the_data_is_seen_after_many_lines() -> None:
    lines = "".join(f"Setting {k},on\n" for k in range(200))
    found = read(
        f"{lines}Time Zone: Europe/Berlin\ntime,temp\n2024-05-14 03:00,5.3\n2024-05-14 03:10,5.4\n".encode()
    )
    assert found.readings[0] == ("temp", "2024-05-14T01:00:00.000000Z", 5.3)


def test_local_and_universal_words_of_a_flight_recorder_are_known() -> None:
    found = read(
        b"#yyy-mm-dd, hh:mm:ss,   hh:mm, deg C,     kt, enum\n"
        b"  Lcl Date, Lcl Time, UTCOfst,   OAT,    IAS, GPSfix\n"
        b"2024-05-14, 03:00:00,  -07:00,  18.5,  60.10, 3D\n"
        b"2024-05-14, 03:00:01,  -07:00,  18.4,  60.30, 3D\n"
    )
    assert found.readings[:2] == [
        ("OAT", "2024-05-14T10:00:00.000000Z", 18.5),
        ("IAS", "2024-05-14T10:00:00.000000Z", 60.1),
    ]


def test_what_programs_write_for_no_number_is_missing() -> None:
    found = read(
        b"time;U;I\n2024-05-14 03:00;230;1.#QNAN\n2024-05-14 03:10;231;5,3\n"
        b"2024-05-14 03:20;#-1;5,4\n"
    )
    assert (len(found.readings), found.missing, found.invalid) == (4, 2, [])


def test_numbers_of_devices_and_dates_with_a_zero_after_the_point_are_no_readings() -> None:
    rows = "".join(
        f"2024-05-14 {k:02}:00,{17 + k % 2}.0,0{k % 4}.0,2024.0,5.0,{k}.5\n" for k in range(9)
    )
    found = read(f"time,station_id,serial id,year,month,temp\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"17.0/temp", "18.0/temp"}
    assert len(found.readings) == 9


@pytest.mark.parametrize(
    "name", ["LE_fqc", "FP_errorcode", "GA_DIAG_CODE_[IRGA75-A]", "status_word", "FC_SSITC_TEST"]
)
@pytest.mark.parametrize("zero", ["", ".0"])
def test_codes_of_states_are_no_readings(name: str, zero: str) -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{k}.5,{k * k % 7}{zero},{k}.25\n" for k in range(12))
    found = read(f"time,FC,{name},LE\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"FC", "LE"}


def test_the_only_numbers_of_a_file_are_readings_with_a_zero_after_the_point_too() -> None:
    found = read(b"date,well\n2024-05-14,0.0\n2024-05-15,1.0\n2024-05-16,1.0\n2024-05-17,1.0\n")
    assert found.readings[1] == ("well", "2024-05-15T00:00:00.000000Z", 1.0)


@pytest.mark.parametrize(
    ("name", "start"),
    [("JD", 2460444.5), ("MJD", 60444.0), ("datenum", 739386.0), ("jd local", 2460444.75)],
)
def test_days_from_other_origins_say_the_times_again(name: str, start: float) -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{start + k / 24:.5f},{k}.5\n" for k in range(9))
    assert {sensor for sensor, _, _ in read(f"time,{name},temp\n{rows}".encode()).readings} == {
        "temp"
    }


def test_numbers_that_only_begin_as_days_do_are_readings() -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{60444 + k * k / 24:.5f},{k}.5\n" for k in range(9))
    found = read(f"time,volume,temp\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"volume", "temp"}


@pytest.mark.parametrize(
    "name", ["crc", "GPS week", "minute_of_day", "season", "is_day", "zip", "is_valid"]
)
def test_sums_parts_of_dates_and_places_are_no_readings(name: str) -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{k * k * 37 % 256},{k}.5\n" for k in range(9))
    found = read(f"time,{name},temp\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"temp"}
