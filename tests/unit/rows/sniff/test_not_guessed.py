"""Files whose readings could be wrong without a word: they ask, or say which rows are invalid."""

from __future__ import annotations

import pytest

from tests.unit.rows.sniff.reading import options_of, read

ASK = {
    "flags without a header": "2024-05-14 03:00,5.3,OK\n2024-05-14 03:10,5.4,OK\n",
    "units without a header": "2024-05-14 03:00,C,5.3\n2024-05-14 03:10,C,5.4\n",
    "states without a header": "on,2024-05-14 03:00,5.3\noff,2024-05-14 03:10,5.4\n",
    "a second header": "time,temp,hum\n2024-05-14 03:00,5.3,40\ntime,pressure,wind\n"
    "2024-05-14 03:10,1000,3\n",
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
    "signs in a column of their own": "time,sign,level\n2024-05-14 03:00,+,5.3\n2024-05-14 03:10,-,5.4\n",
    "minus signs in a column called sign": "time,sign,level\n2024-05-14 03:00,,5.3\n2024-05-14 03:10,-,5.4\n",
    "signs as numbers": "time,level,vorzeichen\n2024-05-14 03:00,5.3,1\n2024-05-14 03:10,5.4,-1\n",
    "limits by a sign in a column of its own": "time,station,qualifier,nitrate\n"
    "2024-05-14 03:00,a,,5.3\n2024-05-14 03:10,a,<,0.5\n",
    "limits of a value": "time,station,sign,value\n2024-05-14 03:00,a,=,5.3\n2024-05-14 03:10,a,<,0.5\n",
    "another id in a comment": "#ts_id;4711\n#rows;2\n#Timestamp;Level\n2024-05-14 03:00;5.3\n"
    "2024-05-14 03:10;5.4\n#ts_id;4712\n#rows;2\n#Timestamp;Level\n2024-05-14 03:00;7.3\n"
    "2024-05-14 03:10;7.4\n",
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
    "places one after the other": "time,probe_pos,temp,hum\n"
    + "".join(
        f"2024-05-1{d} 03:0{k},{place},{d}.{k},4{k}.5\n"
        for d, place in enumerate(("top", "mid", "low"))
        for k in range(4)
    ),
    "more names than fields": "time,temp,hum,wind,rain\n2024-05-14 03:00,5.3,40\n"
    "2024-05-14 03:10,5.4,41\n",
    "bytes in hexadecimal digits": "time,id,b0,b1\n"
    + "".join(f"2024-05-14 03:{k:02},18F,{k:02X},{40 + k}\n" for k in range(30)),
    "bits of alarms": "time,level,alarms\n2024-05-14 03:00,5.3,00000000\n2024-05-14 03:10,5.4,00010000\n",
    "divisors before the header": "Divisors\t\t1\t10\nDate\tTime\tversion\tBT1(40004)\n"
    "2024-05-14\t03:00:00\t9443\t53\n2024-05-14\t03:10:00\t9443\t54\n",
    "scales after the header": "time,temp,level\nscale,0.1,0.01\n2024-05-14 03:00,53,210\n"
    "2024-05-14 03:10,54,211\n",
    "a multiplier of each meter": "meter,timestamp,value,multiplier\n"
    + "".join(f"m{k % 2},2024-05-14 03:{k:02},{k}.5,{40 * (k % 2) or 1}\n" for k in range(8)),
    "another lot after the first one": "Lot;A123\nDatum;Zeit;Temp\n14.05.2024;03:00;5.3\n"
    "14.05.2024;03:10;5.4\nLot;A124\nDatum;Zeit;Temp\n14.05.2024;04:00;7.3\n14.05.2024;04:10;7.4\n",
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
    "numbers of things that change": "time,plug_uid,power\n"
    + "".join(f"2024-05-14 03:{k:02},{123450 + k % 2},{k}.5\n" for k in range(12)),
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
    "records with other columns before the header": "date,time,site,temp,wiper\n"
    + "".join(f"5/14/2024,03:0{k}:00,a,{k}.5,1.{k}\n" for k in range(6))
    + "\n,,SERIAL:,17,18,19\ndate,time,site,depth,sal,ph\n"
    + "".join(f"5/{15 + k}/2024,03:00:00,b,{k}.5,3{k}.1,7.{k}\n" for k in range(9)),
    "whole numbers with a zero in a room": "time,room,outside\n"
    + "".join(f"2024-05-14 03:{k:02},{20 + k % 3}.0,{k}.5\n" for k in range(12)),
    "numbers that count the records": "time,temp,lane\n"
    + "".join(f"2024-05-14 03:{k:02},{k * k}.5,{k + 1}\n" for k in range(15)),
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


@pytest.mark.parametrize(
    "names",
    ["20 Hz,25 Hz,31 Hz,40 Hz", "T0,T15,T30,T45", "5cm,10cm,20cm,50cm", "1,2,3,4", "may,b,c,d"],
)
def test_columns_that_are_numbered_otherwise_are_sensors(names: str) -> None:
    records = "2024-05-14 03:00,5.3,5.4,5.5,5.6\n2024-05-14 04:00,6.3,6.4,6.5,6.6\n"
    found = read(f"time,{names}\n{records}".encode())
    assert found.doubt is None
    assert {sensor for sensor, _, _ in found.readings} == set(names.split(","))


def test_several_readings_of_one_column_at_one_time_can_be_meant() -> None:
    records = "".join(f"2024-05-14 03:00:{k // 4:02},{k}.5,{k}.25\n" for k in range(20))
    doubt = read(f"time,volts,amps\n{records}".encode()).doubt
    assert doubt is not None
    assert doubt.suggestions[-1].options["sensor"] == "{column}"


def test_hexadecimal_digits_with_an_e_name_sensors() -> None:
    records = "".join(f"2024-05-14 03:{k:02},{1 + k % 2}E5,{k}.5\n" for k in range(8))
    found = read(f"time,node,temp\n{records}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"1E5/temp", "2E5/temp"}


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
    "name",
    [
        *("LE_fqc", "FP_errorcode", "GA_DIAG_CODE_[IRGA75-A]", "status_word", "FC_SSITC_TEST"),
        *("Info", "Info codes", "Meter 1 info code", "Fehlercode", "Störcode", "Code défaut"),
    ],
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
    "name", ["crc", "GPS week", "minute_of_day", "season", "is_day", "zip", "is_valid"]
)
def test_sums_parts_of_dates_and_places_are_no_readings(name: str) -> None:
    rows = "".join(f"2024-05-14 {k:02}:00,{k * k * 37 % 256},{k}.5\n" for k in range(9))
    found = read(f"time,{name},temp\n{rows}".encode())
    assert {sensor for sensor, _, _ in found.readings} == {"temp"}


def test_records_whose_results_are_limits_can_be_left_out() -> None:
    text = ASK["limits by a sign in a column of its own"].encode()
    found = read(text, options_of(["--quality_column=qualifier", "--quality_reject=<"]))
    assert found.readings == [("a/nitrate", "2024-05-14T03:00:00.000000Z", 5.3)]
    assert found.excluded == 1


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        ("# Missing values: -9999", "-9999"),
        ("# missing values are indicated by -999.000", "-999"),
        ("NODATA_value  -99.9", "-99.90"),
        ("Fehlwert;9999", "9999.0"),
        ("Missing Data Value,-6999", "-6999"),
        ("# missing=-99", "-99.0"),
        ('"Missing value code: -999.99"', "-999.99"),
    ],
)
@pytest.mark.parametrize("header", ["time,temp,hum", "time,station,value"])
def test_a_marker_that_a_line_before_the_data_declares_is_missing(
    line: str, marker: str, header: str
) -> None:
    name = "5" if header.endswith("hum") else "a"
    text = f"{line}\n{header}\n2024-05-14 03:00,{name},5.3\n2024-05-14 03:10,{name},{marker}\n"
    found = read(text.encode())
    assert (found.missing, found.notices) == (1, set())


def test_a_count_of_missing_values_declares_no_marker() -> None:
    found = read(
        b"# Number of missing values: 12\n# Missing since 2024-05-10\n# No data before -200 m\n"
        b"# Null meridian: -12\n# missing data before depth -200\ntime,temp\n"
        b"2024-05-14 03:00,-12\n2024-05-14 03:10,-200\n"
    )
    assert found.missing == 0


@pytest.mark.parametrize("quoted", [False, True])
def test_texts_that_are_written_as_formulas_are_read(quoted: bool) -> None:
    def formula(text: str) -> str:
        return f'"=""{text}"""' if quoted else f'="{text}"'

    rows = "".join(
        f"{formula('007')},{formula(f'2024-05-14 03:{k:02}')},{formula(f'{k}.5')},{k}\n"
        for k in range(9)
    )
    found = read(f"{formula('Device')},Time,Temp,Hum\n{rows}".encode())
    assert found.readings[:2] == [
        ("007/Temp", "2024-05-14T03:00:00.000000Z", 0.5),
        ("007/Hum", "2024-05-14T03:00:00.000000Z", 0.0),
    ]
    assert (len(found.readings), found.invalid) == (18, [])


def test_typographic_minus_signs_are_read() -> None:
    text = (
        "time;temp;level\n2024-05-14 03:00;\u22125,3;\u22121 204,5\n2024-05-14 03:10;5,4;1 204,5\n"
    )
    found = read(text.encode())
    assert [value for _, _, value in found.readings] == [-5.3, -1204.5, 5.4, 1204.5]
    assert read("time;temp\n2024-05-14 03:00;5,3\n2024-05-14 03:10;\u2212\n".encode()).invalid


def test_numbers_that_go_up_by_one_before_the_timestamp_are_asked_about() -> None:
    rows = [f"{40 + k},{20 + k / 10},2024-06-14 10:{k:02}" for k in range(8)]
    found = read("\n".join(["humidity,temperature,time", *rows, ""]).encode())
    assert found.doubt is not None
    assert "'humidity' count the records" in found.doubt.reason
