-- touches_have_persons
SELECT day, touch_id || ' has no person' AS problem FROM computed_touchpoints WHERE person_id IS NULL;
